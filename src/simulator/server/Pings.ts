import type { Limits } from "../venues/Protocol.ts"

/** When a connection is pinged, and when it has been silent for too long. */
export interface Pings {
  /** The payload of a ping that is due, or that the client is overdue with an answer. */
  readonly tick: (now: number) => string | "overdue" | undefined
  /** Only the copy of a ping's payload counts as its answer. */
  readonly pong: (payload: string) => void
}

export const makePings = (limits: Pick<Limits, "pingMillis" | "pongMillis">, openedAt: number): Pings => {
  const unanswered = new Map<string, number>()
  let pingedAt = openedAt
  return {
    tick: (now) => {
      const [first] = unanswered.values()
      if (first !== undefined && now - first >= limits.pongMillis) return "overdue"
      if (now - pingedAt < limits.pingMillis) return undefined
      pingedAt = now
      const payload = String(now)
      unanswered.set(payload, now)
      return payload
    },
    pong: (payload) => {
      // An answer shows that the client lives, so older pings need none.
      if (unanswered.has(payload)) unanswered.clear()
    },
  }
}
