import { Effect, Option } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { Forwarder } from "../../services/Forwarder.ts"
import { Plugin } from "../../services/Plugin.ts"
import * as RateLimitedLog from "../runtime/RateLimitedLog.ts"
import { probeHandler } from "./Probe.ts"

/** By this a plugin knows what came through the gateway. */
const tag = { "gateway-tag": "forward" }

const plain = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" }

/** `Get`, `Delete`: as Go writes a method in an error. */
const spelled = (method: string): string => `${method[0]!}${method.slice(1).toLowerCase()}`

const noPlugin = HttpServerResponse.text("404 page not found\n", { status: 404, headers: plain })

/** Everything that is not the node's own goes to the plugin, where it is one that is reached by HTTP. */
const forwarded = (forwarder: Forwarder["Service"], url: string | undefined) => {
  const limited = RateLimitedLog.make()
  return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
    url === undefined
      ? Effect.succeed(noPlugin)
      : forwarder.forward(request, url, tag).pipe(
          Effect.catchTag("ForwardError", (error) =>
            Effect.as(
              limited.log("Warn", error.detail, () => [
                `a request could not be forwarded to the plugin: ${error.message}`,
              ]),
              HttpServerResponse.text(
                `转发请求失败: ${spelled(request.method)} "${error.url}": ${error.detail}\n`,
                { status: 502, headers: plain },
              ),
            ),
          ),
        ),
  )
}

/** What may be mounted beside the gateway's own routes, and comes before the plugin. */
export interface GatewayRoute {
  readonly method: "GET" | "POST" | "PUT"
  /** `/task` */
  readonly path: `/${string}`
  readonly handle: Effect.Effect<
    HttpServerResponse.HttpServerResponse,
    never,
    HttpServerRequest.HttpServerRequest
  >
}

/**
 * The routes of a node's gateway: `GET /health`, `POST /probe`, what is mounted, and the plugin behind everything else:
 * also behind other methods of the same paths.
 */
export const gatewayRoutes = (mounted: ReadonlyArray<GatewayRoute>) =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const forwarder = yield* Forwarder
      const plugin = yield* Effect.serviceOption(Plugin)
      const url = Option.getOrUndefined(Option.map(plugin, (each) => each.url))
      yield* router.add("GET", "/health", HttpServerResponse.jsonUnsafe({ status: "healthy" }))
      yield* router.add("POST", "/probe", probeHandler)
      for (const { handle, method, path } of mounted) yield* router.add(method, path, handle)
      yield* router.add("*", "/*", forwarded(forwarder, url))
    }),
  )
