import { type DataType, parseDataType } from "../../domain/DataType.ts"
import type { Instrument } from "../../domain/Instrument.ts"
import { makeStream, type Stream } from "../../domain/Stream.ts"
import { type HistoryRule, isRefusal, pollRoute, type PollRule, type Refusal, type Venue } from "../Venue.ts"

/** The word of it, and the start of its wire names: no venue has a stream of what was paid. */
const word = "funding_settled"
const prefix = `${word}:`

/** Funding is paid each hour at the most. */
const hour = 3_600_000
/** Each eight hours at the least: what was paid last is among what a new stream asks for. */
const firstMillis = 9 * hour
/** The venues settle first; and all contracts of one at once would leave no weight to anything else. */
const settlingMillis = 60_000
const spreadMillis = 600_000
/** Answers that one poll asks for: of hours 33 days and more. */
const maxRequests = 8

/** The same moment of the spread for a contract, whichever others there are. */
const spreadOf = ({ symbol }: Instrument): number => {
  let sum = 0
  for (let index = 0; index < symbol.length; index++) sum = (sum * 31 + symbol.charCodeAt(index)) % 600
  return (sum * spreadMillis) / 600
}

/** What was paid, by the endpoint of its history: each hour what has come since. */
const settledPolls = (rule: HistoryRule, other: PollRule | undefined): PollRule => ({
  schedule: (stream) => {
    if (stream.dataType.settled !== true) return other!.schedule(stream)
    const history = rule(stream, 0)!
    return {
      everyMillis: hour,
      delayMillis: settlingMillis + spreadOf(stream.instrument),
      keepsHistory: true,
      requests: (since, now) => {
        const from = since === undefined ? now - firstMillis : since + 1
        const limit = Math.max(1, Math.min(history.rows, Math.ceil((now - from) / hour) + 1))
        const asked: Array<{ readonly path: string; readonly weight: number }> = []
        for (let at = from, count = 0; at <= now && count < maxRequests; at += limit * hour, count++) {
          asked.push(
            history.request({
              next: history.turn?.(count + 1, from) ?? history.begin(at),
              window: { start: at, end: now + 1 },
              limit,
            }),
          )
        }
        return asked
      },
    }
  },
  decode: (body, stream, receivedAt, request) => {
    if (stream.dataType.settled !== true) return other!.decode(body, stream, receivedAt, request)
    const rows = rule(stream, 0)!.rowsOf!(body, receivedAt)
    return "reason" in rows ? rows : rows.toSorted((left, right) => left.timestamp - right.timestamp)
  },
})

/** A venue of perpetuals, and the funding that they have paid as a stream of its own, polled. */
export const withSettledFunding = (venue: Venue & { readonly history: HistoryRule }): Venue => {
  const { history, name } = venue
  const at = venue.offers.indexOf("funding") + 1
  const offers = [...venue.offers.slice(0, at), word, ...venue.offers.slice(at)]
  const streams = new Map<string, Stream>()

  const settled = (dataType: DataType, instrument: Instrument): Stream | Refusal => {
    const { market, symbol } = instrument
    if (market !== "perpetual")
      return { refused: `${name} has no "${word}" of ${symbol}, which is ${market}: only of perpetual` }
    const known = streams.get(symbol)
    if (known !== undefined) return known
    const made = makeStream({ venue: name, dataType, instrument, wire: prefix + symbol, route: pollRoute })
    streams.set(symbol, made)
    return made
  }

  return {
    ...venue,
    offers,
    stream: (dataType, instrument) => {
      if (dataType.settled === true) return settled(dataType, instrument)
      return offers.includes(dataType.word)
        ? venue.stream(dataType, instrument)
        : { refused: `${name} has no "${dataType.word}"; it has ${offers.join(", ")}` }
    },
    streamOfWire: (wire) => {
      if (!wire.startsWith(prefix)) return venue.streamOfWire(wire)
      const instrument = venue.instrument(wire.slice(prefix.length))
      if (isRefusal(instrument) || instrument.symbol !== wire.slice(prefix.length)) return undefined
      const made = settled(parseDataType(word)!, instrument)
      return isRefusal(made) ? undefined : made
    },
    forget: (stream) => {
      if (streams.get(stream.instrument.symbol) === stream) streams.delete(stream.instrument.symbol)
      venue.forget(stream)
    },
    polls: settledPolls(history, venue.polls),
  }
}
