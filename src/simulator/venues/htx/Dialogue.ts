import { rollingWindow } from "../../server/Windows.ts"
import type { Dialogue, Listener, Protocol } from "../Protocol.ts"

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parse = (text: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** It pings every five seconds. */
const pingMillis = 5000

/** Pings in messages: a client that leaves too many unanswered is cut (close code 1003). */
export const htxPings = (
  write: (time: number) => string,
  unansweredAtMost: number,
): { readonly tick: NonNullable<Dialogue["tick"]>; readonly heard: (pong: unknown) => void } => {
  let pingedAt: number | undefined
  let unanswered: ReadonlyArray<number> = []
  return {
    tick: (now) => {
      pingedAt ??= now
      if (now - pingedAt < pingMillis) return undefined
      if (unanswered.length >= unansweredAtMost) return "overdue"
      pingedAt = now
      unanswered = [...unanswered, now]
      return write(now)
    },
    // Only the same number is an answer; it shows that the client lives, so older pings need none.
    heard: (pong) => {
      if (unanswered.includes(Number(pong))) unanswered = []
    },
  }
}

/** What differs between the endpoints of HTX. */
export interface Endpoint {
  readonly unansweredPings: number
  /** `undefined`: this topic is none of this endpoint's, or of no symbol. */
  readonly admits: (request: Fields, topic: string, listener: Listener) => boolean
  /** The answer to a request for data; `undefined` where it has none. */
  readonly answer?: (topic: string, id: string, listener: Listener) => string | undefined
}

/** Requests for data that a connection may send in a second. */
const requestsPerSecond = 10

/** `sub`, `unsub`, `req` and the pong, each with one topic. */
export const htxDialogue =
  (endpoint: Endpoint): Protocol["dialogue"] =>
  (listener) => {
    const { now, streams } = listener
    const pings = htxPings((time) => `{"ping":${time}}`, endpoint.unansweredPings)
    const requests = rollingWindow(requestsPerSecond, 1000)

    const ok = (id: string, done: string, topic: string): string =>
      JSON.stringify({ id, status: "ok", [done]: topic, ts: now() })
    const error = (id: string, message: string): string =>
      JSON.stringify({ status: "error", ts: now(), id, "err-code": "bad-request", "err-msg": message })

    const answer = (text: string): ReadonlyArray<string> => {
      const request = parse(text)
      if (request === undefined) return [error("", "not json, is not json string")]
      if (request["pong"] !== undefined) {
        pings.heard(request["pong"])
        return []
      }
      const id = String(request["id"] ?? "")
      const { req, sub, unsub } = request
      if (typeof sub === "string") {
        if (!endpoint.admits(request, sub, listener) || !streams.add([sub]))
          return [error(id, `invalid topic ${sub}`)]
        return [ok(id, "subbed", sub)]
      }
      if (typeof unsub === "string") {
        if (!streams.names().includes(unsub)) return [error(id, `unsub with not subbed topic ${unsub}`)]
        streams.remove([unsub])
        return [ok(id, "unsubbed", unsub)]
      }
      if (typeof req === "string") {
        if (!requests.take(now())) return [error(id, "429 too many request")]
        return [endpoint.answer?.(req, id, listener) ?? error(id, `invalid topic ${req}`)]
      }
      return [error(id, "invalid request")]
    }

    return { answer, tick: pings.tick }
  }
