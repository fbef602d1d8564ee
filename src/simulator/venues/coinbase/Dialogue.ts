import type { Protocol } from "../Protocol.ts"
import { match } from "./Messages.ts"

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

/** Who has not subscribed by then is cut. */
const patienceMillis = 5000

/** Every command is answered by everything that is subscribed then; a refused one changes nothing. */
export const coinbaseDialogue =
  (kindOf: Protocol["stream"]): Protocol["dialogue"] =>
  ({ catalogue, now, streams, tell }) => {
    let waitingSince: number | undefined = now()

    const failed = (message: string, reason: string): ReadonlyArray<string> => [
      JSON.stringify({ type: "error", message, reason }),
    ]

    const subscriptions = (): string => {
      const channels = new Map<string, Array<string>>()
      for (const name of streams.names()) {
        const at = name.indexOf(":")
        const products = channels.get(name.slice(0, at)) ?? []
        channels.set(name.slice(0, at), [...products, name.slice(at + 1)])
      }
      return JSON.stringify({
        type: "subscriptions",
        channels: [...channels].map(([name, product_ids]) => ({ name, product_ids })),
      })
    }

    /** The trade before the first one that the stream will bring. */
    const lastMatches = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
      names.flatMap((name) => {
        const stream = kindOf(name)
        const symbol = stream === undefined ? undefined : catalogue.symbols.get(stream.native)
        if (stream?.kind.type !== "trade" || symbol === undefined) return []
        const { market } = symbol
        return [tell(name, (time) => match("last_match", symbol, market.trade(market.tradeAt(time + 1) - 1)))]
      })

    const answer = (text: string): ReadonlyArray<string> => {
      const request = parse(text)
      if (!isFields(request)) return failed("Malformed JSON", "")
      const { channels, product_ids: products, type } = request
      if (type !== "subscribe" && type !== "unsubscribe")
        return failed("Failed to subscribe", `Type ${String(type)} is unknown`)
      if (!Array.isArray(products) || !Array.isArray(channels) || products.length * channels.length === 0)
        return failed("Failed to subscribe", "product_ids and channels are needed")
      for (const product of products)
        if (!catalogue.symbols.has(String(product)))
          return failed("Failed to subscribe", `${String(product)} is not a valid product`)
      const names = channels.flatMap((channel: unknown) =>
        products.map((product: unknown) => `${String(channel)}:${String(product)}`),
      )
      for (const name of names) {
        const channel = name.slice(0, name.indexOf(":"))
        if (channel === "level2") return failed("Failed to subscribe", "level2 requires authentication")
        if (kindOf(name) === undefined)
          return failed("Failed to subscribe", `${channel} is not a valid channel`)
      }
      if (type === "unsubscribe") {
        streams.remove(names)
        return [subscriptions()]
      }
      const had = new Set(streams.names())
      if (!streams.add(names)) return failed("Failed to subscribe", "Too many subscriptions")
      waitingSince = undefined
      return [subscriptions(), ...lastMatches(names.filter((name) => !had.has(name)))]
    }

    return {
      answer,
      tick: (time) =>
        waitingSince !== undefined && time - waitingSince > patienceMillis ? "overdue" : undefined,
    }
  }
