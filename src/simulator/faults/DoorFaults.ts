import type { Arrival, RestReply, RestTreatment, Victim, Welcome } from "../server/Interference.ts"
import type { VenueName } from "../venues/Protocol.ts"
import { refusalBody, refused } from "../venues/RestQuery.ts"
import { argumentDefaults } from "./FaultKinds.ts"
import type { FaultLog } from "./FaultLog.ts"
import { isBook, requestName } from "./RestName.ts"
import { episodeOf, makeTrigger, placeOf, type Rule } from "./Rule.ts"

/** One fault at the door: of handshakes, of REST requests, or of both; of books that are told on a connection too. */
export interface DoorFault {
  /** `undefined` where it has nothing to say. */
  readonly connect: (arrival: Arrival) => Welcome | undefined
  readonly request: (venue: VenueName, url: string) => RestTreatment | undefined
  /** How old a book is that is told whole on a connection. */
  readonly bookAge: (victim: Victim, stream: string) => number
}

/** What a struck handshake or request gets. */
type Strike =
  | { readonly type: "status"; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly type: "reset" }
  | { readonly type: "late"; readonly afterMillis: number }
  | { readonly type: "old"; readonly agoMillis: number }

const seconds = (millis: number) => Math.max(1, Math.ceil(millis / 1000))

const replyOf = (status: number, retryAfterSeconds: number | undefined): RestReply => ({
  status,
  headers: {
    "content-type": "application/json;charset=UTF-8",
    ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
  },
  body: refusalBody(
    status === 429 || status === 418
      ? refused(-1003, "Too many requests. Please use WebSocket Streams for live updates.")
      : refused(-1001, "Internal error; unable to process your request. Please try again."),
  ),
})

const describe = (strike: Strike): string => {
  switch (strike.type) {
    case "status":
      return strike.retryAfterSeconds === undefined
        ? `answered ${strike.status}`
        : `answered ${strike.status}, Retry-After ${strike.retryAfterSeconds}`
    case "reset":
      return "reset without an answer"
    case "late":
      return `answered ${strike.afterMillis} ms late`
    case "old":
      return `a snapshot ${strike.agoMillis} ms old`
  }
}

/** `undefined` for a fault that is none of the door's. */
const strikeOf = (rule: Rule, now: number): Strike | undefined => {
  const { fault } = rule
  switch (fault.kind) {
    case "refuse": {
      const answer = fault.answer ?? argumentDefaults.answer
      return answer === "reset" ? { type: "reset" } : { type: "status", status: answer }
    }
    case "late":
      return { type: "late", afterMillis: fault.delayMillis ?? argumentDefaults.delayMillis }
    case "stale":
      return { type: "old", agoMillis: fault.oldMillis ?? argumentDefaults.oldMillis }
    case "429":
    case "418": {
      const retryAfter = fault.retryAfterMillis ?? argumentDefaults.retryAfterMillis
      const episode = episodeOf(rule, now, rule.origin)
      const bounded = fault.forMillis === retryAfter && episode !== undefined
      const remaining = bounded ? episode.start + retryAfter - now : retryAfter
      return { type: "status", status: Number(fault.kind), retryAfterSeconds: seconds(remaining) }
    }
    default:
      return undefined
  }
}

type Door = "handshake" | "rest"

const usualDoors: Readonly<Record<string, ReadonlyArray<Door>>> = {
  refuse: ["handshake"],
  late: ["handshake"],
  stale: ["rest"],
  "429": ["handshake", "rest"],
  "418": ["handshake", "rest"],
}

const doorsOf = ({ fault }: Rule): ReadonlyArray<Door> => {
  const on = "on" in fault ? fault.on : undefined
  if (on === undefined) return usualDoors[fault.kind] ?? []
  return on === "all" ? ["handshake", "rest"] : [on]
}

export const makeDoorFault = (options: {
  readonly rule: Rule
  readonly log: FaultLog
  readonly now: () => number
}): DoorFault => {
  const { log, now, rule } = options
  const doors = doorsOf(rule)
  const trigger = makeTrigger(rule, placeOf("binance", 0), rule.origin)
  let requests = 0

  const strike = (venue: VenueName, what: string, number: number): Strike | undefined => {
    const time = now()
    if (!trigger.strikes(time, number)) return undefined
    const struck = strikeOf(rule, time)
    if (struck !== undefined)
      log.add({
        kind: rule.fault.kind,
        fault: rule.text,
        at: time,
        venue,
        messages: 0,
        detail: `${what}: ${describe(struck)}`,
      })
    return struck
  }

  return {
    connect: ({ attempt, streams, url, venue }) => {
      if (!doors.includes("handshake") || !rule.concerns(venue, attempt)) return undefined
      if (rule.fault.stream !== undefined && !streams.some(rule.matches)) return undefined
      const struck = strike(venue, `handshake ${attempt} for ${url.slice(0, 200)}`, attempt)
      switch (struck?.type) {
        case "status": {
          const { retryAfterSeconds, status } = struck
          return { type: "refuse", status, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
        }
        case "reset":
          return { type: "reset" }
        case "late":
          return { type: "accept", afterMillis: struck.afterMillis }
        default:
          return undefined
      }
    },
    request: (venue, url) => {
      if (!doors.includes("rest") || !rule.concerns(venue) || !rule.matches(requestName(url)))
        return undefined
      if (rule.fault.kind === "stale" && !isBook(url)) return undefined
      const struck = strike(venue, url.slice(0, 200), ++requests)
      switch (struck?.type) {
        case "status":
          return { reply: replyOf(struck.status, struck.retryAfterSeconds) }
        case "reset":
          return { reply: "reset" }
        case "late":
          return { afterMillis: struck.afterMillis }
        case "old":
          return { agoMillis: struck.agoMillis }
        default:
          return undefined
      }
    },
    bookAge: ({ id, venue }, stream) => {
      if (rule.fault.kind !== "stale" || !rule.concerns(venue, id) || !rule.matches(stream)) return 0
      const struck = strike(venue, `the book of ${stream} on connection ${id}`, ++requests)
      return struck?.type === "old" ? struck.agoMillis : 0
    },
  }
}
