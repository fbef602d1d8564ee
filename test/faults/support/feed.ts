import { Effect } from "effect"
import { makeSimulator, type SimulatorOptions } from "../../../src/simulator/index.ts"
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
  let silent = false
  let messages = 0
  const arrivals: Array<number> = []
  const simulator = yield* makeSimulator({
    ...settings,
    venues: ["binance"],
    interference: {
      connect: () => {
        arrivals.push(performance.now())
        return { type: "accept" }
      },
      deliver: (_victim, due) => {
        if (silent) return []
        messages += due.length
        for (const { stream, text } of due) {
          const place = placeOfStream(stream)
          if (place !== undefined) log.add(place, saidBy(stream, text))
        }
        return spoil?.(due) ?? due
      },
    },
  })
  const venue = simulator.venue("binance")

  /** Trades of one second of the truth, by id: repairs ask for many of the same second. */
  const seconds = new Map<string, ReadonlyMap<number, number>>()
  const trade = (native: string, id: number, time: number): number | undefined => {
    const second = Math.floor(time / 1000)
    const name = `${native} ${second}`
    let known = seconds.get(name)
    if (known === undefined) {
      const stream = `${native.toLowerCase()}@trade`
      const payloads = venue.truth(stream, second * 1000 - 200, second * 1000 + 1200)
      known = new Map(payloads.map((payload) => saidBy(stream, payload)).map(({ hash, key }) => [key, hash]))
      if (seconds.size > 500) seconds.clear()
      seconds.set(name, known)
    }
    return known.get(id)
  }

  return {
    simulator,
    venue,
    sent: log,
    /** When each handshake began, by `performance.now()`. */
    arrivals,
    /** Messages that were due since the start, on all connections. */
    messages: () => messages,
    /** Sends nothing more, so that all of it can arrive. */
    silence: () => {
      silent = true
    },
    speak: () => {
      silent = false
    },
    oracle: () => makeOracle({ sent: log, trade }),
  }
})

export type Feed = Effect.Success<ReturnType<typeof makeFeed>>
