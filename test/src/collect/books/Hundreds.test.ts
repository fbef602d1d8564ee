import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, References, type Scope } from "effect"
import * as NodeProcess from "../../../../layers/process/NodeProcess.ts"
import { Collection } from "../../../../services/Collection.ts"
import type { Venue } from "../../../../src/exchanges/Venue.ts"
import { makeSimulator, type SimulatorOptions } from "../../../../src/simulator/index.ts"
import { ask, makeTap, startEdge } from "../../../support/edge.ts"
import { collecting, collectInto } from "../../../support/collecting.ts"
import { eventually, untilTrue } from "../../../support/process.ts"

const count = 200

interface Books {
  readonly whole: number
  readonly waiting: number
  readonly fetching: number
  readonly failing: number
}

/** A collection of 200 books from a simulator whose limits are the venue's, over the API's own socket. */
const hundreds = Effect.fnUntraced(function* (options: {
  readonly venue: string
  readonly limits?: SimulatorOptions["limits"]
  /** Messages per second of a symbol with all its streams, tickers that are pushed by time among them; 4 unless given. */
  readonly rate?: number
  readonly change?: (venue: Venue) => Venue
}) {
  const { change, limits = {}, rate = 4, venue } = options
  const said: Array<string> = []
  const logger = Logger.make<unknown, void>(({ message }) => void said.push(String(message)))
  const statuses: Array<number> = []
  const asked: Array<string> = []
  /** Nothing comes while it is on: the streams of which something was lost. */
  const silence = { on: false, lost: new Set<string>() }
  const simulator = yield* makeSimulator({
    symbols: count,
    venues: [venue],
    rate: rate * count,
    limits,
    interference: {
      deliver: (_, messages) => {
        if (!silence.on) return messages
        for (const { stream } of messages) silence.lost.add(stream)
        return []
      },
      answer: (_, url, reply) => {
        statuses.push(reply.status)
        const symbol = /\/depth\?symbol=(\w+)/.exec(url)?.[1]
        if (symbol !== undefined) asked.push(symbol)
        return reply
      },
    },
  })
  const symbols = simulator.venue(venue).symbols.filter((native) => !native.endsWith("-SWAP"))
  assert.strictEqual(symbols.length, count)
  const { collect, envelopes } = yield* Effect.provide(
    collectInto(simulator, { [venue]: { symbols, dataTypes: ["depth"] } }, undefined, change),
    Logger.layer([logger]),
  )
  const services = yield* Layer.build(
    Layer.mergeAll(Layer.succeed(Collection, collect.service), makeTap().layer, NodeProcess.layer),
  )
  const url = yield* Effect.provideContext(startEdge("api"), services).pipe(
    Effect.flatMap((edge) => edge.url),
  )
  const books: Effect.Effect<Books> = Effect.map(
    ask(`${url}/api/v1/status`),
    (answer) => answer.json().venues[0].books as Books,
  )
  /** Everything that the status says until all books are whole. */
  const untilWhole = Effect.gen(function* () {
    const seen: Array<Books> = []
    yield* eventually(
      "all books are whole",
      Effect.map(books, (now) => {
        if (seen.at(-1)?.whole !== now.whole) seen.push(now)
        return (now.whole === count && now.waiting + now.fetching === 0) || undefined
      }),
      "90 seconds",
    )
    return seen
  })
  return { asked, envelopes, said, silence, simulator, statuses, symbols, untilWhole }
})

const live = (
  name: string,
  test: Effect.Effect<void, unknown, Scope.Scope | Layer.Success<typeof collecting>>,
) =>
  it.live(
    name,
    () =>
      test.pipe(
        Effect.scoped,
        Effect.provide(collecting),
        Effect.provideService(References.MinimumLogLevel, "Info"),
      ),
    180_000,
  )

describe("200 books that break at once", () => {
  live(
    "by REST: all are whole within the venue's weight, none is refused, the first symbols first, and it can be seen how far they are",
    Effect.gen(function* () {
      // Forty books a second: however fast the machine is, all take five seconds, and whoever looks once a second
      // meets them on their way. The order is of those that wait together: all but the first, which have yet to break.
      const [limit, windowMillis] = [2000, 1000]
      const { asked, envelopes, said, simulator, statuses, symbols, untilWhole } = yield* hundreds({
        venue: "binance",
        limits: { weightPerMinute: limit, weightWindowMillis: windowMillis },
        change: (venue) => ({
          ...venue,
          limits: { ...venue.limits, restWeight: { limit, windowMillis } },
        }),
      })
      yield* untilWhole
      asked.length = 0
      yield* simulator.inject("disconnect@0s,refuse@0s/for=3s")
      yield* eventually(
        "they are broken",
        Effect.sync(() => (asked.length > 0 ? true : undefined)),
      )
      const seen = yield* untilWhole
      // A book is broken by its first change after what it missed: some are whole again before the last one breaks.
      const broken = () =>
        new Set(envelopes.flatMap(({ stream, type }) => (type === "gap" ? [stream.instrument.native] : [])))
      yield* eventually(
        "nearly all were broken",
        Effect.sync(() => (broken().size > 0.95 * count ? true : undefined)),
        "60 seconds",
      )
      seen.push(...(yield* untilWhole))
      assert.deepStrictEqual([...new Set(statuses)], [200], "none was refused")
      assert.deepStrictEqual(
        [...broken()].filter((symbol) => !asked.includes(symbol)),
        [],
        "each that broke was asked for",
      )
      assert.isBelow(asked.length, count + 20, "hardly one was asked for twice")
      // Those of one message break together, and so do all: the order is that of the configuration but for a few.
      const early = new Set(asked.slice(0, count / 2))
      const firstHalf = symbols.slice(0, count / 2).filter((symbol) => early.has(symbol)).length
      assert.isAbove(firstHalf, count / 2 - 20)
      const moved = new Set(seen.map(({ whole }) => whole))
      assert.isAbove(moved.size, 5, JSON.stringify(seen))
      assert.isTrue(seen.some(({ fetching, waiting }) => waiting > 50 && fetching > 0 && fetching <= 4))
      assert.isTrue(seen.every(({ failing }) => failing === 0))
      yield* eventually(
        "the log says so",
        Effect.sync(
          () =>
            said.filter((line) => line.includes("that awaited a snapshot have one")).length > 1 || undefined,
        ),
      )
      assert.isTrue(
        said.some((line) => /^\d+ books of binance await a snapshot.*\d are asked for, \d+ wait/.test(line)),
      )
    }),
  )

  live(
    "on the stream: they are asked for in few messages, none is refused, and all are whole",
    Effect.gen(function* () {
      const { envelopes, said, silence, simulator, untilWhole } = yield* hundreds({
        venue: "okx",
        // Half of it is the swaps', ten a second are tickers: every book changes while nothing comes.
        rate: 28,
      })
      yield* untilWhole
      const { connections, attempts } = simulator.venue("okx").stats()
      silence.on = true
      yield* untilTrue("something of nearly all is lost", () => silence.lost.size > 0.95 * count)
      silence.on = false
      const broken = () =>
        new Set(envelopes.flatMap(({ stream, type }) => (type === "gap" ? [stream.key] : []))).size
      yield* eventually(
        "nearly all are broken",
        Effect.sync(() => (broken() > 0.9 * count ? true : undefined)),
        "60 seconds",
      )
      const seen = yield* untilWhole
      assert.isTrue(seen.every(({ failing }) => failing === 0))
      const after = simulator.venue("okx").stats()
      assert.deepStrictEqual(
        [after.connections, after.attempts, after.refusals],
        [connections, attempts, 0],
        "the connection was kept",
      )
      assert.isFalse(
        said.some((line) => /Requests too frequent|refused/.test(line)),
        said.join("\n"),
      )
    }),
  )
})
