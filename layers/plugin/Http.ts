import { Duration, Effect, Layer, Schedule, Stream } from "effect"
import { HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { causeText } from "../../src/domain/CauseText.ts"
import { type OddPart, decodeResponse, encodeEvent } from "../../src/domain/PluginWire.ts"
import { Plugin, PluginError, type PluginService } from "../../services/Plugin.ts"

export interface HttpPluginOptions {
  readonly name: string
  /** Its origin: `http://127.0.0.1:9001`. */
  readonly url: string
  /** How long it may take until `GET /health` answers 200. */
  readonly readyTimeout: Duration.Input
  /** Merged over each heartbeat. */
  readonly heartbeatExtra?: Readonly<Record<string, unknown>>
  /** How long it may take over an event: 30 s unless given. */
  readonly answerTimeout?: Duration.Input
  /** Bytes of the largest answer that is read: 16 MiB unless given. */
  readonly maxAnswerBytes?: number
}

const mebibyte = 1024 * 1024

/** Between two looks at a plugin that is not ready. */
const pollEvery = "1 second"

/** A plugin that takes a connection and says nothing is asked again. */
const healthTimeout = "5 seconds"

/** Of an answer that nobody looks at. */
const maxHealthBytes = mebibyte

const errorLimit = 300

const describe = (error: HttpClientError.HttpClientError): string => causeText(error.reason.cause ?? error)

const shorten = (text: string): string => (text.length > errorLimit ? `${text.slice(0, errorLimit)}…` : text)

const sayOdd = (name: string, odd: ReadonlyArray<OddPart>) => {
  const [first] = odd
  if (first === undefined) return Effect.void
  const example = `${first.part}[${first.index}] is ${shorten(JSON.stringify(first.value) ?? String(first.value))}`
  return Effect.logWarning(
    `plugin ${name} answered what is not understood and left out (${odd.length}): ${example}`,
  )
}

/**
 * A plugin in any language, behind HTTP: `GET /health` says that it is ready, `POST /on-trigger` gives it an event. An
 * answer of 200 is success; one whose body is empty, or no JSON, is success without results.
 */
export const make = Effect.fnUntraced(function* (options: HttpPluginOptions) {
  const client = yield* HttpClient.HttpClient
  const { name } = options
  const origin = options.url.replace(/\/+$/, "")
  const answerTimeout = Duration.fromInputUnsafe(options.answerTimeout ?? "30 seconds")
  const maxAnswerBytes = options.maxAnswerBytes ?? 16 * mebibyte
  const fail = (reason: PluginError["reason"], detail: string, status?: number): PluginError =>
    new PluginError({ plugin: name, reason, detail, ...(status === undefined ? {} : { status }) })

  /** Of more than `most` bytes the rest is not waited for: the connection is closed. */
  const textOf = (answer: HttpClientResponse.HttpClientResponse, asked: string, most: number) =>
    Effect.suspend(() => {
      const parts: Array<Uint8Array> = []
      let size = 0
      return answer.stream.pipe(
        Stream.runForEach((part) => {
          size += part.length
          if (size > most)
            return Effect.fail(
              fail(
                "too_large",
                `${asked} answered more than ${most} bytes (adapter.maxAnswer): let it answer less at once, or allow more`,
              ),
            )
          parts.push(part)
          return Effect.void
        }),
        Effect.map(() => Buffer.concat(parts).toString("utf8")),
      )
    })

  const look = client.get(`${origin}/health`).pipe(
    Effect.tap((answer) => textOf(answer, `GET ${origin}/health`, maxHealthBytes)),
    Effect.map(({ status }) => (status === 200 ? undefined : `GET ${origin}/health answered ${status}`)),
    Effect.catchTags({
      HttpClientError: (error) => Effect.succeed(describe(error)),
      PluginError: ({ detail }) => Effect.succeed(detail),
    }),
    Effect.timeoutOrElse({
      duration: healthTimeout,
      orElse: () => Effect.succeed(`GET ${origin}/health was not answered in ${healthTimeout}`),
    }),
  )

  const ready = Effect.suspend(() => {
    let last = "it was not asked yet"
    const wait = Effect.gen(function* () {
      const asked = Effect.map(look, (objection) => {
        last = objection ?? last
        return objection === undefined
      })
      // By the clock: how long an answer takes does not add up.
      yield* Effect.repeat(asked, { schedule: Schedule.fixed(pollEvery), until: (answered) => answered })
    })
    return Effect.timeoutOrElse(wait, {
      duration: options.readyTimeout,
      orElse: () =>
        Effect.fail(
          fail(
            "unready",
            `not ready after ${Duration.format(Duration.fromInputUnsafe(options.readyTimeout))}: ${last}`,
          ),
        ),
    })
  })

  const onTrigger: PluginService["onTrigger"] = (event) =>
    Effect.gen(function* () {
      const request = HttpClientRequest.post(`${origin}/on-trigger`).pipe(
        HttpClientRequest.bodyText(encodeEvent(event), "application/json"),
      )
      const answer = yield* client.execute(request)
      const body = yield* textOf(answer, `POST ${origin}/on-trigger`, maxAnswerBytes)
      if (answer.status !== 200)
        return yield* fail(
          "status",
          `POST /on-trigger answered ${answer.status}: ${shorten(body)}`,
          answer.status,
        )
      const { odd, response } = decodeResponse(body)
      yield* sayOdd(name, odd)
      return response
    }).pipe(
      Effect.catchTag("HttpClientError", (error) =>
        Effect.fail(fail("unreachable", `POST ${origin}/on-trigger: ${describe(error)}`)),
      ),
      Effect.timeoutOrElse({
        duration: answerTimeout,
        orElse: () =>
          Effect.fail(
            fail(
              "timeout",
              `POST ${origin}/on-trigger was not answered in ${Duration.format(answerTimeout)}`,
            ),
          ),
      }),
    )

  return Plugin.of({
    name,
    url: origin,
    ready,
    heartbeatExtra: Effect.succeed(options.heartbeatExtra ?? {}),
    onTrigger,
  })
})

export const layer = (options: HttpPluginOptions): Layer.Layer<Plugin, never, HttpClient.HttpClient> =>
  Layer.effect(Plugin, make(options))
