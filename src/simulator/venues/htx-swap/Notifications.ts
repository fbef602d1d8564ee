import { htxPings } from "../htx/Dialogue.ts"
import type { Protocol } from "../Protocol.ts"

type Fields = Readonly<Record<string, unknown>>

const parse = (text: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined
  } catch {
    return undefined
  }
}

/** `{"op":"sub","cid":"1","topic":"public.BTC-USDT.funding_rate"}`: the commands of the notification endpoints. */
export const notificationDialogue =
  (
    admits: (topic: string, listener: Parameters<Protocol["dialogue"]>[0]) => boolean,
    unansweredPings: number,
  ): Protocol["dialogue"] =>
  (listener) => {
    const { now, streams } = listener
    const pings = htxPings((time) => `{"op":"ping","ts":"${time}"}`, unansweredPings)

    const answer = (text: string): ReadonlyArray<string> => {
      const request = parse(text)
      const { cid, op, topic, ts } = request ?? {}
      if (op === "pong") {
        pings.heard(ts)
        return []
      }
      const said = (code: number, message?: string): ReadonlyArray<string> => [
        JSON.stringify({
          op: op ?? "error",
          cid,
          // The real exchange answers in lower case.
          topic: typeof topic === "string" ? topic.toLowerCase() : topic,
          ts: now(),
          "err-code": code,
          ...(message === undefined ? {} : { "err-msg": message }),
        }),
      ]
      if (typeof topic !== "string" || (op !== "sub" && op !== "unsub")) return said(2001, "Invalid request.")
      if (op === "unsub") {
        if (!streams.names().includes(topic)) return said(2011, "Topic is not subscribed.")
        streams.remove([topic])
        return said(0)
      }
      if (streams.names().includes(topic)) return said(2014, "Repeated subscription")
      return admits(topic, listener) && streams.add([topic]) ? said(0) : said(2011, "Invalid topic.")
    }

    return { answer, tick: pings.tick }
  }
