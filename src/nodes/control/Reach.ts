import { Context, Effect, Layer, Option, Schema } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { causeText } from "../../domain/CauseText.ts"

/** A node could not be reached, or did not take what it was told. */
export class ReachError extends Schema.TaggedError<ReachError>()("ReachError", {
  url: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return `${this.url}: ${this.detail}`
  }
}

const readJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
const parsed = (text: string): unknown => Option.getOrUndefined(readJson(text))

/** How the control plane speaks to a node: one try. What it answers, parsed where it is JSON. */
export class Reach extends Context.Service<
  Reach,
  { readonly post: (url: string, body: unknown) => Effect.Effect<unknown, ReachError> }
>()("millrace/nodes/control/Reach") {
  static readonly layer: Layer.Layer<Reach, never, HttpClient.HttpClient> = Layer.effect(
    Reach,
    Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      return Reach.of({
        post: (url, body) => {
          const failed = (detail: string) => new ReachError({ url, detail })
          return client
            .execute(
              HttpClientRequest.bodyText(
                HttpClientRequest.post(url),
                JSON.stringify(body),
                "application/json",
              ),
            )
            .pipe(
              Effect.flatMap((answer) =>
                Effect.map(answer.text, (text) => ({ status: answer.status, text })),
              ),
              Effect.mapError((error) => failed(causeText(error.reason.cause ?? error))),
              Effect.timeoutOrElse({
                duration: "5 seconds",
                orElse: () => Effect.fail(failed("no answer in 5 seconds")),
              }),
              Effect.flatMap(({ status, text }) =>
                status === 200 ? Effect.succeed(parsed(text)) : Effect.fail(failed(`HTTP ${status}`)),
              ),
            )
        },
      })
    }),
  )
}
