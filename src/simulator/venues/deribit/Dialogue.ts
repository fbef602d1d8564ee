import type { Listener, Protocol } from "../Protocol.ts"

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const heartbeat = (type: "heartbeat" | "test_request"): string =>
  `{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"${type}"}}`

/** Credits of a connection: a subscription takes 3,000 of 30,000, which come back at 10,000 a second. */
const makeCredits = (now: number) => {
  const most = 30_000
  let left = most
  let at = now
  return (cost: number, time: number): boolean => {
    left = Math.min(most, left + (time - at) * 10)
    at = time
    if (left < cost) return false
    left -= cost
    return true
  }
}

/** After `public/set_heartbeat`: a sign of life, then a question, in turn; who has not answered by the next is cut. */
const makeHeartbeats = () => {
  let everyMillis = 0
  let dueAt = Number.POSITIVE_INFINITY
  let asked = false
  let asks = false
  return {
    set: (seconds: number, now: number) => {
      everyMillis = seconds * 1000
      dueAt = now + everyMillis
      asked = false
    },
    answered: () => {
      asked = false
    },
    tick: (now: number): string | undefined => {
      if (now < dueAt) return undefined
      if (asked) return "overdue"
      dueAt = now + everyMillis
      asks = !asks
      asked = asks
      return heartbeat(asks ? "test_request" : "heartbeat")
    },
  }
}

/** JSON-RPC: a subscription is answered by the channels that it got; what there is not is left out. */
export const deribitDialogue =
  (kindOf: Protocol["stream"]) =>
  ({ catalogue, now, streams }: Listener): ReturnType<Protocol["dialogue"]> => {
    const pay = makeCredits(now())
    const beats = makeHeartbeats()

    const has = (channel: unknown): channel is string => {
      const found = typeof channel === "string" ? kindOf(channel) : undefined
      return found !== undefined && catalogue.symbols.has(found.native)
    }

    const answer = (text: string): string => {
      const request = parse(text)
      const said = (id: unknown, body: object): string => {
        const micros = now() * 1000
        return JSON.stringify({
          jsonrpc: "2.0",
          ...(id === undefined ? {} : { id }),
          ...body,
          usIn: micros,
          usOut: micros + 100,
          usDiff: 100,
          testnet: false,
        })
      }
      const failed = (id: unknown, code: number, message: string) => said(id, { error: { code, message } })
      if (!isFields(request)) return failed(undefined, -32700, "Parse error")
      const { id, method } = request
      const params: Fields = isFields(request["params"]) ? request["params"] : {}
      switch (method) {
        case "public/test":
          beats.answered()
          return said(id, { result: { version: "1.2.26" } })
        case "public/set_heartbeat": {
          const { interval } = params
          if (typeof interval !== "number" || interval < 10) return failed(id, -32602, "Invalid params")
          beats.set(interval, now())
          return said(id, { result: "ok" })
        }
        case "public/subscribe":
        case "public/unsubscribe": {
          const { channels } = params
          if (!Array.isArray(channels) || channels.length === 0) return failed(id, -32602, "Invalid params")
          if (!pay(3000, now())) return failed(id, 10028, "too_many_requests")
          if (channels.some((each) => String(each).endsWith(".raw")))
            return failed(id, 13778, "raw_subscriptions_not_available_for_unauthorized")
          const known = channels.filter(has)
          if (method === "public/unsubscribe") streams.remove(known)
          else if (!streams.add(known)) return failed(id, 10047, "max_subscriptions_exceeded")
          return said(id, { result: known })
        }
        default:
          return failed(id, -32601, "Method not found")
      }
    }

    return { answer: (text) => [answer(text)], tick: beats.tick }
  }
