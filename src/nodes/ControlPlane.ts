import { Context, Effect, Layer, Schema } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { causeText } from "../domain/CauseText.ts"

/** The control plane was not there, or said no. All of it passes. */
export class ControlPlaneError extends Schema.TaggedError<ControlPlaneError>()("ControlPlaneError", {
  url: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return `${this.url}: ${this.detail}`
  }
}

/** Posts to the control plane: one try. */
export class ControlPlane extends Context.Service<
  ControlPlane,
  {
    /** The body of an answer with HTTP status 200. */
    readonly post: (
      url: string,
      body: string,
      timeout: "5 seconds" | "10 seconds",
    ) => Effect.Effect<string, ControlPlaneError>
  }
>()("millrace/nodes/ControlPlane") {
  static readonly layer: Layer.Layer<ControlPlane, never, HttpClient.HttpClient> = Layer.effect(
    ControlPlane,
    Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      return ControlPlane.of({
        post: (url, body, timeout) => {
          const fail = (detail: string) => new ControlPlaneError({ url, detail })
          return Effect.gen(function* () {
            const answer = yield* client.execute(
              HttpClientRequest.post(url).pipe(HttpClientRequest.bodyText(body, "application/json")),
            )
            const text = yield* answer.text
            return answer.status === 200 ? text : yield* fail(`HTTP ${answer.status}: ${text.slice(0, 200)}`)
          }).pipe(
            Effect.catchTag("HttpClientError", (error) =>
              Effect.fail(fail(causeText(error.reason.cause ?? error))),
            ),
            Effect.timeoutOrElse({
              duration: timeout,
              orElse: () => Effect.fail(fail(`no answer in ${timeout}`)),
            }),
          )
        },
      })
    }),
  )
}

export const heartbeatPath = "/gateway/cloudnode/ReportHeartbeatInner"
export const statusPath = "/gateway/collectmgr/ReportTaskStatus"
