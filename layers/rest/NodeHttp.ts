import { Clock, Effect, Layer } from "effect"
import * as http from "node:http"
import * as https from "node:https"
import { Rest, RestError, type RestResponse } from "../../services/Rest.ts"
import { proxyAgent } from "../support/ProxyAgent.ts"

/** No market-data answer is larger: the full instrument list of a venue is about 20 MiB. */
const maxBodyBytes = 64 * 1024 * 1024

const headersOf = (headers: http.IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  )

const refusalOf = (
  url: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): RestError => {
  const retryAfter = Number(headers["retry-after"])
  const said = body.toString("utf8", 0, 200)
  return new RestError({
    reason: status === 429 ? "rate_limited" : status === 418 || status === 403 ? "banned" : "status",
    url,
    status,
    ...(Number.isFinite(retryAfter) && headers["retry-after"] !== ""
      ? { retryAfterMillis: retryAfter * 1000 }
      : {}),
    detail: `HTTP ${status}${said === "" ? "" : `: ${said}`}`,
  })
}

interface GetOptions {
  readonly url: string
  readonly proxy?: string
  readonly timeoutMillis: number
}

const request = (options: GetOptions, clock: Clock.Clock): Effect.Effect<RestResponse, RestError> =>
  Effect.callback((resume) => {
    const { url } = options
    const fail = (reason: RestError["reason"], detail: string) =>
      resume(Effect.fail(new RestError({ reason, url, detail })))
    const protocol = url.startsWith("https:") ? https : http
    const call = protocol.get(
      url,
      {
        headers: { accept: "application/json" },
        ...(options.proxy === undefined ? {} : { agent: proxyAgent(options.proxy) }),
      },
      (response) => {
        const chunks: Array<Buffer> = []
        let size = 0
        response.on("data", (chunk: Buffer) => {
          size += chunk.length
          chunks.push(chunk)
          if (size <= maxBodyBytes) return
          call.destroy()
          fail("too_large", `the answer is larger than ${maxBodyBytes} bytes`)
        })
        response.on("error", (error) => fail("unreachable", error.message))
        response.on("end", () => {
          const body = Buffer.concat(chunks)
          const headers = headersOf(response.headers)
          const status = response.statusCode ?? 0
          const receivedAt = Number(clock.currentTimeNanosUnsafe() / 1000n) / 1000
          resume(
            status === 200
              ? Effect.succeed({ body, receivedAt, headers })
              : Effect.fail(refusalOf(url, status, headers, body)),
          )
        })
      },
    )
    call.on("error", (error: Error & { readonly code?: string }) =>
      fail("unreachable", error.message === "" ? (error.code ?? "unknown error") : error.message),
    )
    return Effect.sync(() => call.destroy())
  })

const get = Effect.fn("Rest.get")(function* (options: GetOptions) {
  const clock = yield* Clock.Clock
  return yield* Effect.timeoutOrElse(request(options, clock), {
    duration: options.timeoutMillis,
    orElse: () =>
      Effect.fail(
        new RestError({
          reason: "timeout",
          url: options.url,
          detail: `no answer within ${options.timeoutMillis} ms`,
        }),
      ),
  })
})

/** REST on Node's own client, with the same proxies as the sockets. */
export const layer: Layer.Layer<Rest> = Layer.succeed(Rest, Rest.of({ get }))
