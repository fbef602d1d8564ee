import type { Protocol } from "../Protocol.ts"
import { channelOf } from "./StreamNames.ts"

type Fields = Readonly<Record<string, unknown>>

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const heartbeatMillis = 1000

/** The status of the system at once, answers pair by pair, a heartbeat every second while something is subscribed. */
export const krakenDialogue =
  (kindOf: Protocol["stream"]): Protocol["dialogue"] =>
  ({ catalogue, now, streams }) => {
    let heardOf = now()

    const one = (event: "subscribe" | "unsubscribe", request: Fields, pair: unknown): string => {
      const { reqid } = request
      const subscription = request["subscription"] as Fields
      const channelName = channelOf(subscription)
      const name = `${channelName}:${String(pair)}`
      const known = kindOf(name)
      const beside = { event: "subscriptionStatus", pair, ...(reqid === undefined ? {} : { reqid }) }
      const refused = (errorMessage: string) =>
        JSON.stringify({ errorMessage, ...beside, status: "error", subscription })
      if (!catalogue.symbols.has(String(pair)))
        return refused(`Currency pair not in ISO 4217-A3 format ${String(pair)}`)
      if (known === undefined) return refused("Subscription name invalid")
      const has = streams.names().includes(name)
      if (event === "unsubscribe") {
        if (!has) return refused("Subscription Not Found")
        streams.remove([name])
      } else if (has) return refused("Already subscribed")
      else if (!streams.add([name])) return refused("Exceeded msg rate")
      const status = `${event}d`
      return JSON.stringify({ channelID: 336, channelName, ...beside, status, subscription })
    }

    const answer = (text: string): ReadonlyArray<string> => {
      const request = parse(text)
      const failed = (errorMessage: string) => [JSON.stringify({ errorMessage, event: "error" })]
      if (!isFields(request)) return failed("Malformed request")
      const { event, pair, reqid, subscription } = request
      if (event === "ping")
        return [JSON.stringify({ event: "pong", ...(reqid === undefined ? {} : { reqid }) })]
      if (event !== "subscribe" && event !== "unsubscribe") return failed("Unsupported event")
      if (!Array.isArray(pair) || pair.length === 0 || !isFields(subscription))
        return failed("Malformed request")
      return pair.map((each: unknown) => one(event, request, each))
    }

    return {
      answer,
      greeting: [
        '{"connectionID":17843232920108168701,"event":"systemStatus","status":"online","version":"1.8.3"}',
      ],
      tick: (time) => {
        if (time - heardOf < heartbeatMillis || streams.names().length === 0) return undefined
        heardOf = time
        return '{"event":"heartbeat"}'
      },
    }
  }
