import { Effect, Schedule, type Scope } from "effect"
import WebSocket from "ws"

/** A plain client of the `ws` library: what it got, in order. */
export interface Client {
  readonly ws: WebSocket
  /** Messages as text. */
  readonly messages: ReadonlyArray<string>
  /** The payloads of one stream on a combined connection. */
  readonly of: (stream: string) => ReadonlyArray<Payload>
  readonly send: (message: unknown) => void
  /** Code and reason, once it is closed. */
  readonly closed: () => { readonly code: number; readonly reason: string } | undefined
}

/** Parsed JSON. */
// oxlint-disable-next-line typescript/no-explicit-any -- a test knows its payloads better than the compiler does
export type Payload = Record<string, any>

export const until = (what: string, condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.fail("not yet" as const))).pipe(
    Effect.retry(Schedule.spaced(5)),
    Effect.timeout("1 minute"),
    Effect.catch(() => Effect.die(new Error(`waited in vain for: ${what}`))),
  )

/** Connects; the HTTP status as the error where the handshake is refused. */
export const connect = (
  url: string,
  options: WebSocket.ClientOptions = {},
): Effect.Effect<Client, number, Scope.Scope> =>
  Effect.gen(function* () {
    const ws = new WebSocket(url, { perMessageDeflate: false, ...options })
    const messages: Array<string> = []
    /** Each message is parsed once: who looks again and again would be the slower the more there are. */
    const payloads = new Map<string, Array<Payload>>()
    let parsed = 0
    let closed: { code: number; reason: string } | undefined
    ws.on("message", (data) => messages.push(String(data)))
    ws.on("close", (code, reason) => (closed = { code, reason: String(reason) }))
    yield* Effect.acquireRelease(
      Effect.callback<void, number>((resume) => {
        ws.once("open", () => resume(Effect.void))
        ws.once("unexpected-response", (_, response) => resume(Effect.fail(response.statusCode ?? 0)))
        ws.on("error", () => resume(Effect.fail(0)))
      }),
      () => Effect.sync(() => ws.terminate()),
    )
    return {
      ws,
      messages,
      of: (stream) => {
        for (; parsed < messages.length; parsed++) {
          const frame = JSON.parse(messages[parsed]!) as Payload
          const name = String(frame["stream"])
          const known = payloads.get(name) ?? []
          known.push(frame["data"] as Payload)
          payloads.set(name, known)
        }
        return [...(payloads.get(stream) ?? [])]
      },
      send: (message) => ws.send(typeof message === "string" ? message : JSON.stringify(message)),
      closed: () => closed,
    }
  })

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Payload
}

export const get = (url: string): Effect.Effect<Reply> =>
  Effect.promise(() => fetch(url)).pipe(
    Effect.flatMap((response) =>
      Effect.map(
        Effect.promise(() => response.text()),
        (text) => ({
          status: response.status,
          headers: response.headers,
          text,
          json: JSON.parse(text) as Payload,
        }),
      ),
    ),
  )
