import { parseDataType } from "../../../src/domain/DataType.ts"
import { type Decoded, makeOutput, noSequence } from "../../../src/domain/Decoded.ts"
import type { Stream } from "../../../src/domain/Stream.ts"
import { type DepthRule, isRefusal, restSnapshots, type Venue } from "../../../src/exchanges/Venue.ts"
import { makeExchange } from "../../../src/simulator/server/Exchange.ts"
import { protocols } from "../../../src/simulator/venues/index.ts"
import { truthAt } from "./digest.ts"
import type { BookRule } from "./rules.ts"
import { frameOf } from "../../../src/domain/Frame.ts"

export const tickMillis = 100

/**
 * A stretch of one simulated book: what the exchange says at each tick, and what its book is then. Made once for many
 * schedules of faults; what costs time is made when it is asked for.
 */
export interface World {
  readonly rule: DepthRule
  readonly stream: Stream
  readonly start: number
  readonly ticks: number
  /** Deltas of this tick, in order. */
  readonly deltas: (tick: number) => ReadonlyArray<Decoded>
  /** The book as of this tick, as the venue would bring it. */
  readonly snapshot: (tick: number) => Decoded
  /** What the book is after a record that was published. */
  readonly truth: (record: {
    readonly key: string
    readonly last: number
    readonly timestamp: number
  }) => string | undefined
  /** From this tick on the venue counts anew; `undefined`: it does not. */
  readonly resetAt: number | undefined
}

const streamOf = (venue: Venue, symbol: string): Stream => {
  const instrument = venue.instrument(symbol)
  if (isRefusal(instrument)) throw new Error(instrument.refused)
  const stream = venue.stream(parseDataType("depth")!, instrument)
  if (isRefusal(stream)) throw new Error(stream.refused)
  return stream
}

const memo = <A>(count: number, make: (index: number) => A): ((index: number) => A) => {
  const known = new Array<A | undefined>(count)
  return (index) => (known[index] ??= make(index))
}

/** The same record with its numbers counted from another one; `data` says so too. */
const renumbered = (
  record: Decoded,
  shown: (sequence: number) => number,
  as: Partial<Decoded> = {},
): Decoded => {
  const { data, receivedAt, stream, timestamp, type } = record
  const of = (sequence: number) => (sequence === noSequence ? noSequence : shown(sequence))
  const [first, last, previous] = [record.first, record.last, record.previous].map(of) as [
    number,
    number,
    number,
  ]
  const numbers = data.replace(
    /"(first|last|previous)":"(\d+)"/g,
    (_, name: string, digits: string) => `"${name}":"${of(Number(digits))}"`,
  )
  const key = record.first === noSequence ? record.key.replace(/\d+$/, String(last)) : String(last)
  return { stream, type, timestamp, receivedAt, key, data: numbers, first, last, previous, ...as }
}

/** `resets`: the venue counts anew in its course. */
export const makeWorld = (rule: BookRule, seed: number, ticks: number, resets: boolean): World => {
  const venue = rule.make()
  const protocol = protocols.get(rule.venue)!
  const exchange = makeExchange(protocol, { seed, symbols: ["BTC-USDT"], rate: 100, limits: protocol.limits })
  const symbol = exchange.symbols.get(rule.native)!
  const { market } = symbol
  const stream = streamOf(venue, rule.symbol)
  const feed = exchange.feed(stream.wire)!
  const start = 1_790_000_000_000 + seed * 7_919
  const timeOf = (tick: number) => start + tick * tickMillis
  const resetAt = resets && rule.reset !== "none" ? 15 + (seed % 20) : undefined

  const decode = (frame: string | Buffer, at: number): ReadonlyArray<Decoded> => {
    const output = makeOutput()
    const bytes = typeof frame !== "string" ? frame : (protocol.binary?.(frame) ?? Buffer.from(frame))
    venue.decode(frameOf(bytes), at, output, stream.route)
    return output.records.slice()
  }
  const said = memo(ticks, (tick) =>
    feed
      .between(timeOf(tick - 1), timeOf(tick))
      .flatMap((payload) => decode(protocol.wrap(feed.name, payload), timeOf(tick) + 0.5)),
  )
  const bookAt = memo(ticks, (tick): Decoded => {
    const at = timeOf(tick)
    const rest = restSnapshots(venue.depth)
    if (rest !== undefined) {
      const { levels, path } = rest.request(stream.instrument)
      const { pathname, searchParams } = new URL(path, "http://localhost")
      const { body } = protocol.rest(pathname, searchParams, at, exchange)!
      return rest.decode(Buffer.from(body), stream, at + 0.5, levels) as Decoded
    }
    const frame = rule.answer?.(symbol, at) ?? protocol.wrap(feed.name, feed.opening!(at)[0]!)
    return decode(frame, at + 0.5)[0]!
  })

  /** The number that becomes 1. */
  const firstNew = (): number => {
    for (let tick = resetAt!; tick < ticks; tick++) {
      const [delta] = said(tick)
      // A venue whose updates have no first number counts them by their last.
      if (delta !== undefined)
        return rule.venue === "binance" || rule.venue.startsWith("binance-") ? delta.first : delta.last
    }
    return Number.POSITIVE_INFINITY
  }
  const begin = resetAt === undefined ? Number.POSITIVE_INFINITY : firstNew()
  const shown = (sequence: number) => (sequence >= begin ? sequence - begin + 1 : sequence)
  const asShown = memo(ticks, (tick): ReadonlyArray<Decoded> => {
    if (resetAt === undefined || tick < resetAt) return said(tick)
    return said(tick).map((delta) => {
      if (rule.reset !== "snapshot" || delta.last !== begin) return renumbered(delta, shown)
      // The whole book in the place of the first change.
      return renumbered(bookAt(tick), () => 1, { receivedAt: delta.receivedAt, timestamp: delta.timestamp })
    })
  })

  const steps = new Map<number, number>()
  if (rule.byTime !== true)
    for (let step = market.stepAt(start - 60_000); step <= market.stepAt(timeOf(ticks)); step++)
      steps.set(shown(market.updateId(step)), step)
  const truths = new Map<number, string>()

  return {
    rule: venue.depth!,
    stream,
    start,
    ticks,
    resetAt,
    deltas: asShown,
    snapshot: memo(ticks, (tick) => renumberedSnapshot(bookAt(tick), shown, resetAt)),
    truth: ({ last, timestamp }) => {
      const step = rule.byTime === true ? market.stepAt(timestamp - 1) : steps.get(last)
      if (step === undefined) return undefined
      const known = truths.get(step)
      if (known !== undefined) return known
      const made = truthAt(symbol, step, rule.exactLevels)
      truths.set(step, made)
      return made
    },
  }
}

const renumberedSnapshot = (
  snapshot: Decoded,
  shown: (sequence: number) => number,
  resetAt: number | undefined,
): Decoded =>
  resetAt === undefined || shown(snapshot.last) === snapshot.last ? snapshot : renumbered(snapshot, shown)
