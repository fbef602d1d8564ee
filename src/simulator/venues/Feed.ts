import { klineSpan } from "../market/Bars.ts"
import { hash } from "../market/Hash.ts"
import type { SymbolMarket } from "../market/SymbolMarket.ts"
import type { DepthEvent, Protocol, StreamKind } from "./Protocol.ts"

/**
 * One stream as the exchange sends it: a pure function of time, so that any period can be asked for, again or for the
 * first time.
 */
export interface Feed {
  /** `btcusdt@trade`. */
  readonly name: string
  /** The payloads of all messages that fall after `from`, up to and including `to`. */
  readonly between: (from: number, to: number) => ReadonlyArray<string>
  /** What a subscriber of this moment gets first; what `between` gives from there on follows it. */
  readonly opening?: (time: number) => ReadonlyArray<string>
  /** Its instrument was taken off: it says nothing more, and whoever had it has it no more. */
  readonly isOver?: () => boolean
}

/** Calls `push` at every multiple of `every`, shifted by `phase`, after `from` up to `to`. */
const eachPush = (
  from: number,
  to: number,
  every: number,
  phase: number,
  push: (time: number) => void,
): void => {
  for (let time = (Math.floor((from - phase) / every) + 1) * every + phase; time <= to; time += every)
    push(time)
}

/** When in a push period a symbol pushes: each at moments of its own, as on the real exchange. */
export const phaseOf = ({ market }: SymbolMarket): number => hash(market.seed, 21) % 100

/** The book after the last push of a stream of changes: the next push follows it. */
export const bookOfLastPush = (symbol: SymbolMarket, everyMillis: number, now: number): DepthEvent => {
  const { book, market } = symbol
  const phase = phaseOf(symbol)
  const time = Math.floor((now - phase) / everyMillis) * everyMillis + phase
  const last = market.stepAt(time - 1)
  return { time, before: last, last, levels: book.at(last, Number.POSITIVE_INFINITY) }
}

export const makeFeed = (protocol: Protocol, symbol: SymbolMarket, kind: StreamKind, name: string): Feed => {
  const { bars, book, market } = symbol
  const { messages } = protocol
  const phase = phaseOf(symbol)

  /** Collects what `write` makes. */
  const collect = (write: (from: number, to: number, out: Array<string>) => void): Feed => ({
    name,
    between: (from, to) => {
      const out: Array<string> = []
      write(from, to, out)
      return out
    },
  })

  switch (kind.type) {
    case "trade":
      return collect((from, to, out) => {
        const end = market.tradeAt(to + 1)
        for (let id = market.tradeAt(from + 1); id < end; id++)
          out.push(messages.trade(symbol, market.trade(id)))
      })
    case "aggTrade":
      return collect((from, to, out) => {
        const end = market.aggregateAt(to + 1)
        for (let id = market.aggregateAt(from + 1); id < end; id++)
          out.push(messages.aggTrade(symbol, market.aggregate(id)))
      })
    case "bookTicker":
      return collect((from, to, out) => {
        const last = market.stepAt(to)
        for (let step = market.stepAt(from) + 1; step <= last; step++) {
          const moved =
            market.bid(step) !== market.bid(step - 1) ||
            book.bestBid(step) !== book.bestBid(step - 1) ||
            book.bestAsk(step) !== book.bestAsk(step - 1)
          if (moved) out.push(messages.bookTicker(symbol, step))
        }
      })
    case "depth": {
      const { always, everyMillis, levels } = kind
      const { snapshot } = messages
      const whole = levels === undefined ? snapshot : undefined
      const opening = (now: number): ReadonlyArray<string> => [
        whole!(symbol, bookOfLastPush(symbol, everyMillis, now)),
      ]
      const deltas = collect((from, to, out) =>
        eachPush(from, to, everyMillis, phase, (time) => {
          const before = market.stepAt(time - everyMillis - 1)
          const last = market.stepAt(time - 1)
          if (last === before && always !== true) return
          const event = (part: DepthEvent["levels"]): DepthEvent => ({ time, before, last, levels: part })
          out.push(
            levels === undefined
              ? messages.depth(symbol, event(book.delta(before, last)))
              : messages.partialDepth(symbol, event(book.at(last, levels))),
          )
        }),
      )
      return whole === undefined ? deltas : { ...deltas, opening }
    }
    case "periodic": {
      const { everyMillis, open, write } = kind
      const feed = collect((from, to, out) =>
        eachPush(from, to, everyMillis, phase, (time) => {
          const payload = write(symbol, time)
          if (payload !== undefined) out.push(payload)
        }),
      )
      return open === undefined ? feed : { ...feed, opening: (time) => [open(symbol, time)] }
    }
    case "kline": {
      const { interval } = kind
      const every = protocol.klinePushMillis(interval)
      return collect((from, to, out) =>
        eachPush(from, to, every, 0, (time) => {
          const { next, open } = klineSpan(interval, time - 1)
          if (time < next && market.tradeAt(time) === market.tradeAt(time - every)) return
          out.push(messages.kline(symbol, interval, bars.between(open, time), time))
        }),
      )
    }
    case "ticker":
      return collect((from, to, out) =>
        eachPush(from, to, protocol.tickerPushMillis, phase * 10, (time) => {
          out.push(messages.ticker(symbol, time))
        }),
      )
  }
}
