import { Effect } from "effect"
import type { MarketRecord } from "../../../src/domain/Record.ts"
import { makeSimulator, type Simulator, type SimulatorOptions } from "../../../src/simulator/index.ts"
import type { Delivery } from "../../../src/simulator/server/Interference.ts"
import { placeOfStream, saidBy } from "./messages.ts"
import { makeOracle } from "./oracle.ts"
import { makeSentLog } from "./sentLog.ts"

export interface FeedOptions extends Omit<SimulatorOptions, "interference" | "venues"> {
  /** Changes what leaves, behind what is written down as sent. */
  readonly spoil?: (messages: ReadonlyArray<Delivery>) => ReadonlyArray<Delivery>
}

/** An exchange whose every event is known. */
export const makeFeed = Effect.fnUntraced(function* (options: FeedOptions) {
  const { spoil, ...settings } = options
  const log = makeSentLog()
  let silentSince: number | undefined
  let messages = 0
  const arrivals: Array<number> = []
  const answered = new Map<number, number>()
  const simulator: Simulator["Service"] = yield* makeSimulator({
    // That an exchange cuts who reads slowly is another matter.
    slowReader: { policy: "wait", bytes: 1 << 20 },
    ...settings,
    venues: ["binance"],
    interference: {
      connect: () => {
        arrivals.push(performance.now())
        return { type: "accept" }
      },
      deliver: (_victim, due) => {
        if (silentSince !== undefined) return []
        messages += due.length
        for (const { stream, text } of due) {
          const place = placeOfStream(stream)
          if (place !== undefined) log.add(place, saidBy(stream, text))
        }
        return spoil?.(due) ?? due
      },
      answer: (_venue, _url, reply) => {
        answered.set(reply.status, (answered.get(reply.status) ?? 0) + 1)
        return reply
      },
      // Its REST API falls silent with it: it knows of nothing that the streams have not said.
      request: () => (silentSince === undefined ? {} : { agoMillis: simulator.now() - silentSince }),
    },
  })
  const venue = simulator.venue("binance")

  /** Of one second of the truth, hashes by key: repairs ask for many of the same second. */
  const seconds = new Map<string, ReadonlyMap<number, number>>()
  const truthIn = (stream: string, second: number, keyOf: (payload: string) => number) => {
    const name = `${stream} ${second}`
    let known = seconds.get(name)
    if (known === undefined) {
      const payloads = venue.truth(stream, second * 1000 - 200, second * 1000 + 3200)
      known = new Map(payloads.map((payload) => [keyOf(payload), saidBy(stream, payload).hash]))
      if (seconds.size > 500) seconds.clear()
      seconds.set(name, known)
    }
    return known
  }
  const truth = (record: MarketRecord): number | undefined => {
    const native = record.native.toLowerCase()
    if (record.type === "trade") {
      const stream = `${native}@trade`
      const second = Math.floor(record.data.tradeTime / 1000)
      const keyOf = (payload: string) => saidBy(stream, payload).key
      return truthIn(stream, second, keyOf).get(Number(record.data.tradeId))
    }
    if (record.type !== "kline" || !record.data.closed) return undefined
    const closed = (payload: string) => {
      const { k } = JSON.parse(payload) as { readonly k: { readonly t: number; readonly x: boolean } }
      return k.x ? k.t : -1
    }
    const second = Math.floor(record.data.endTime / 1000)
    return truthIn(`${native}@kline_1m`, second, closed).get(record.data.startTime)
  }

  return {
    simulator,
    venue,
    sent: log,
    /** When each handshake began, by `performance.now()`. */
    arrivals,
    /** Answers of its REST API, by status. */
    answered: answered as ReadonlyMap<number, number>,
    /** Messages that were due since the start, on all connections. */
    messages: () => messages,
    /** Sends nothing more, so that all of it can arrive. */
    silence: () => {
      silentSince ??= simulator.now()
    },
    oracle: () => makeOracle({ sent: log, truth }),
  }
})

export type Feed = Effect.Success<ReturnType<typeof makeFeed>>
