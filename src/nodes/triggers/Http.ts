import { Effect, Option } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Dispatch } from "../Dispatch.ts"
import type { GatewayRoute } from "../Gateway.ts"
import { messageOf } from "./Message.ts"
import { finishing } from "./Trigger.ts"
import type { HttpSettings } from "./TriggerSettings.ts"

const refuse = (status: number, error: string) =>
  HttpServerResponse.jsonUnsafe({ success: false, error }, { status })

const tooLarge = "the body is larger than 1 MiB, or was cut off: send less at once"

/** Fires for each request to a path of the gateway; the answer says what the plugin made of it. `unread` is told of one that could not be. */
export const httpRoute = (
  { method, name, path }: HttpSettings,
  dispatch: Dispatch,
  unread: (error: string) => Effect.Effect<void>,
): GatewayRoute => ({
  method,
  path,
  handle: Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const read = yield* Effect.option(request.arrayBuffer)
    // Of what is larger than the server reads, nothing is there.
    if (Option.isNone(read)) {
      yield* unread(`trigger ${name}: ${tooLarge}`)
      return refuse(413, tooLarge)
    }
    const body = new Uint8Array(read.value)
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
  ),
})
