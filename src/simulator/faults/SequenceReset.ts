import type { SymbolMarket } from "../market/SymbolMarket.ts"
import type { Delivery, RestReply } from "../server/Interference.ts"
import type { VenueName } from "../venues/Protocol.ts"
import { splitStreamName } from "../venues/StreamName.ts"
import type { FaultLog } from "./FaultLog.ts"
import { endpointOf } from "./RestName.ts"
import { chance, episodeOf, placeOf, type Rule } from "./Rule.ts"

/** Ids that count together. */
type Family = "book" | "trade" | "aggregate"

/** Which fields carry ids of which family, by what a stream or an endpoint is called. */
const fieldsOf: ReadonlyArray<readonly [name: RegExp, family: Family, fields: RegExp]> = [
  [/^(depth|bookTicker)/, "book", /"(u|U|pu|lastUpdateId)":(\d+)/g],
  [/^trade$/, "trade", /"(t)":(\d+)/g],
  [/^(trades|historicalTrades)$/, "trade", /"(id)":(\d+)/g],
  [/^aggTrades?$/, "aggregate", /"(a)":(\d+)/g],
  [/^aggTrades?$/, "trade", /"(f|l)":(\d+)/g],
  [/^kline_/, "trade", /"(f|L)":(\d+)/g],
  [/^ticker$/, "trade", /"(F|L)":(\d+)/g],
  [/^24hr$/, "trade", /"(firstId|lastId)":(\d+)/g],
]

/** Names of streams by which a pattern chooses a family. */
const chosenBy: Readonly<Record<Family, ReadonlyArray<string>>> = {
  book: ["depth", "depth@100ms", "depth@250ms", "depth@500ms", "depth5", "depth10", "depth20", "bookTicker"],
  trade: ["trade", "aggTrade"],
  aggregate: ["trade", "aggTrade"],
}

/** The ids of everything after this moment count from 1 again, on streams and on REST alike. */
export interface SequenceReset {
  readonly deliver: (venue: VenueName, messages: ReadonlyArray<Delivery>) => ReadonlyArray<Delivery>
  /** What a client asks for by an id, in the market's ids. */
  readonly request: (venue: VenueName, url: string) => string
  readonly answer: (venue: VenueName, url: string, reply: RestReply) => RestReply
}

export type Markets = (venue: VenueName) => ReadonlyMap<string, SymbolMarket> | undefined

/** The id that the first event after a moment has. */
const firstAfter = ({ market }: SymbolMarket, family: Family, time: number): number => {
  switch (family) {
    case "book":
      return market.updateId(market.stepAt(time) + 1)
    case "trade":
      return market.tradeAt(time + 1)
    case "aggregate":
      return market.aggregateAt(time + 1)
  }
}

export const makeSequenceReset = (options: {
  readonly rule: Rule
  readonly log: FaultLog
  readonly now: () => number
  readonly markets: Markets
}): SequenceReset => {
  const { log, markets, now, rule } = options
  const { fault } = rule
  const families: ReadonlyArray<Family> = ["book", "trade", "aggregate"]
  /** The id that became 1, by venue, symbol and family. */
  const firstIds = new Map<string, number>()
  const decided = new Map<VenueName, number>()
  const keyOf = (venue: VenueName, native: string, family: Family) => `${venue} ${native} ${family}`

  const reset = (venue: VenueName, index: number, start: number): void => {
    for (const [native, symbol] of markets(venue) ?? []) {
      const lower = native.toLowerCase()
      if (!chance(rule, placeOf(venue, index), native)) continue
      for (const family of families) {
        if (!chosenBy[family].some((word) => rule.matches(`${lower}@${word}`))) continue
        const firstId = firstAfter(symbol, family, start)
        firstIds.set(keyOf(venue, native, family), firstId)
        log.add({
          kind: fault.kind,
          fault: rule.text,
          at: start,
          venue,
          stream: `${lower}@${family === "book" ? "depth" : family === "trade" ? "trade" : "aggTrade"}`,
          messages: 0,
          firstId,
          detail: `${family} ids of ${native} count from 1 again; 1 is ${firstId}`,
        })
      }
    }
  }
  /** By time alone: whoever asks first after an episode began brings it about. */
  const update = (venue: VenueName): void => {
    if (!rule.concerns(venue)) return
    const episode = episodeOf(rule, now(), rule.origin)
    if (episode === undefined || decided.get(venue) === episode.index) return
    decided.set(venue, episode.index)
    if (fault.times !== undefined && episode.index >= fault.times) return
    reset(venue, episode.index, episode.start)
  }

  const rewrite = (venue: VenueName, native: string, name: string, text: string): string => {
    let changed = text
    for (const [names, family, fields] of fieldsOf) {
      const firstId = names.test(name) ? firstIds.get(keyOf(venue, native, family)) : undefined
      if (firstId === undefined) continue
      // A change of the book that spans the moment belongs to the new count as a whole.
      const spans = family === "book" && [...text.matchAll(fields)].some(([, , id]) => Number(id) >= firstId)
      changed = changed.replace(fields, (field, _, digits: string) => {
        const id = Number(digits)
        const after = id >= firstId ? id - firstId + 1 : spans ? 1 : id
        return field.replace(digits, String(after))
      })
    }
    return changed
  }

  return {
    deliver: (venue, messages) => {
      update(venue)
      if (firstIds.size === 0) return messages
      return messages.map((message) => {
        if (message.madeUp === true) return message
        const { symbol, word } = splitStreamName(message.stream)
        const text = rewrite(venue, symbol, word, message.text)
        return text === message.text ? message : { ...message, text }
      })
    },
    request: (venue, url) => {
      update(venue)
      const { endpoint, params, symbol } = endpointOf(url)
      const asked = params.get("fromId")
      const family = endpoint === "aggTrades" ? "aggregate" : "trade"
      const firstId = firstIds.get(keyOf(venue, symbol, family))
      if (asked === null || firstId === undefined || !/^\d{1,16}$/.test(asked)) return url
      // Ids before and after lie so far apart that an id says which of both it is.
      const id = Number(asked)
      if (id >= firstId / 2) return url
      return url.replace(/([?&]fromId=)\d+/, `$1${id + firstId - 1}`)
    },
    answer: (venue, url, reply) => {
      const { endpoint, symbol } = endpointOf(url)
      const body = rewrite(venue, symbol, endpoint, reply.body)
      return body === reply.body ? reply : { ...reply, body }
    },
  }
}
