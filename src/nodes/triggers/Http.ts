import { Effect } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Dispatch } from "../Dispatch.ts"
import type { GatewayRoute } from "../Gateway.ts"
import { messageOf } from "./Message.ts"
import { finishing } from "./Trigger.ts"
import type { HttpSettings } from "./TriggerSettings.ts"

const refuse = (status: number, error: string) =>
  HttpServerResponse.jsonUnsafe({ success: false, error }, { status })

/** Fires for each request to a path of the gateway; the answer says what the plugin made of it. */
export const httpRoute = ({ method, name, path }: HttpSettings, dispatch: Dispatch): GatewayRoute => ({
  method,
  path,
  handle: Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const body = new Uint8Array(yield* request.arrayBuffer)
    const query = new URLSearchParams(request.url.split("?", 2)[1] ?? "")
    const response = yield* finishing(
      dispatch({
        type: "http",
        name,
        ...(body.length === 0 ? { message: Object.fromEntries(query) } : messageOf(body)),
        metadata: { path, method: request.method },
      }),
    )
    return HttpServerResponse.jsonUnsafe({ success: true, task_results: response.task_results })
  }).pipe(
    Effect.catchTag("PluginError", (error) => Effect.succeed(refuse(502, error.message))),
    Effect.catchTag("IntakeError", (error) => Effect.succeed(refuse(503, error.message))),
    Effect.catchTag("HttpServerError", (error) => Effect.succeed(refuse(400, error.message))),
  ),
})
