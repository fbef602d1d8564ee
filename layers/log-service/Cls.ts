import { Clock, Effect, Layer, Option, Redacted, Schema } from "effect"
import { HttpBody, HttpClient, HttpClientRequest } from "effect/http"
import { LogService, LogServiceError } from "../../services/LogService.ts"
import { encodeLogGroupList } from "./cls/LogGroupList.ts"
import { authorization } from "./cls/Signature.ts"

export interface ClsOptions {
  /** `https://ap-guangzhou.cls.tencentcs.com` */
  readonly origin: string
  readonly topicId: string
  readonly secretId: Redacted.Redacted<string>
  readonly secretKey: Redacted.Redacted<string>
  /** Of credentials that last only a while. */
  readonly token?: Redacted.Redacted<string>
  /** Where the lines come from, an address or a name. */
  readonly source: string
}

const path = "/structuredlog"
const contentType = "application/x-protobuf"
const timeout = "10 seconds"

/** Clocks of both sides may differ by so much. */
const slackSeconds = 60
const goodForSeconds = 300

const Refusal = Schema.fromJsonString(
  Schema.Struct({ errorcode: Schema.String, errormessage: Schema.String }),
)

const said = (status: number, text: string): string =>
  Option.match(Schema.decodeUnknownOption(Refusal)(text), {
    onNone: () => `HTTP ${status}${text === "" ? "" : `: ${text.slice(0, 200)}`}`,
    onSome: ({ errorcode, errormessage }) => `HTTP ${status} ${errorcode}: ${errormessage}`,
  })

/** Too many at once, or a failure of its own: both pass. */
const passes = (status: number): boolean => status === 408 || status === 429 || status >= 500

/** Tencent Cloud's log service, by the interface that its own clients use: `POST /structuredlog`, signed. */
export const layer = (options: ClsOptions): Layer.Layer<LogService, never, HttpClient.HttpClient> =>
  Layer.effect(
    LogService,
    Effect.gen(function* () {
      const client = yield* HttpClient.HttpClient
      const { origin, secretId, secretKey, source, token, topicId } = options
      const { host } = new URL(origin)
      const name = `${origin} topic ${topicId}`
      const fail = (reason: LogServiceError["reason"], detail: string) =>
        new LogServiceError({ reason, detail: `${name}: ${detail}` })

      const headersAt = (seconds: number) => {
        const headers = { Host: host, "Content-Type": contentType }
        const signed = {
          method: "POST",
          path,
          parameters: { topic_id: topicId },
          headers,
          from: seconds - slackSeconds,
          until: seconds + goodForSeconds,
        }
        return {
          ...headers,
          Authorization: authorization(signed, Redacted.value(secretId), Redacted.value(secretKey)),
          ...(token === undefined ? {} : { "X-Cls-Token": Redacted.value(token) }),
        }
      }

      return LogService.of({
        name,
        send: Effect.fn("LogService.send")(function* (entries) {
          const seconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
          const request = HttpClientRequest.post(`${origin}${path}`).pipe(
            HttpClientRequest.setUrlParam("topic_id", topicId),
            HttpClientRequest.setBody(HttpBody.uint8Array(encodeLogGroupList(entries, source), contentType)),
            HttpClientRequest.setHeaders(headersAt(seconds)),
          )
          const { status, text } = yield* client.execute(request).pipe(
            Effect.flatMap((answer) => Effect.map(answer.text, (text) => ({ status: answer.status, text }))),
            Effect.mapError(({ message, reason }) =>
              fail("unreachable", reason.cause instanceof Error ? reason.cause.message : message),
            ),
            // A span would show what the headers say, and be logged in its turn.
            Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
            Effect.timeoutOrElse({
              duration: timeout,
              orElse: () => Effect.fail(fail("unreachable", `no answer in ${timeout}`)),
            }),
          )
          if (status === 200) return
          return yield* fail(passes(status) ? "unreachable" : "refused", said(status, text))
        }),
      })
    }),
  )
