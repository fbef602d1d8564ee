import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, References } from "effect"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { parseRecord } from "../../../src/domain/Record.ts"
import { makeSimulator } from "../../../src/simulator/index.ts"
import { allLive, collecting, collectInto } from "../../support/collecting.ts"
import { eventually } from "../../support/process.ts"
import { isGap } from "../../support/streamStates.ts"

const capture = () => {
  const lines: Array<string> = []
  return { lines, layer: Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))]) }
}

const venue = "binance"

/** A collection of trades and tickers, what it says, and how the others go on. */
const world = Effect.fnUntraced(function* () {
  /** The stream whose messages have a field of another type, each, for as long as that is said here. */
  const spoilt = { stream: "" }
  const simulator = yield* makeSimulator({
    symbols: ["BTC-USDT", "ETH-USDT"],
    venues: [venue],
    rate: 300,
    interference: {
      deliver: (_, messages) =>
        messages.map((message) =>
          message.stream === spoilt.stream
            ? { ...message, text: message.text.replace(/"p":"[^"]*"/, '"p":null') }
            : message,
        ),
    },
  })
  const { lines, layer } = capture()
  const { collect, envelopes } = yield* Effect.provide(
    collectInto(simulator, {
      [venue]: {
        symbols: ["BTC-USDT", "ETH-USDT"],
        dataTypes: ["trade", "ticker", "depth"],
        connections: { reconnectDelay: "100 millis", maxReconnectDelay: "1 second" },
      },
    }),
    layer,
  )
  const runtime = collect.runtimes.get(venue)!
  const isLive = Effect.sync(() => (allLive(collect)() ? true : undefined))
  yield* eventually("every stream is live", isLive)
  const gaps = () =>
    envelopes
      .map((envelope) => parseRecord(payloadOf(envelope).toString()))
      .filter(isGap)
      .map(({ data, symbol }) => ({ symbol, ...data }))
  const counts = () => new Map([...runtime.table.values()].map((entry) => [entry, entry.records]))
  const onwards = (besides?: string) =>
    Effect.suspend(() => {
      const before = counts()
      return eventually(
        "the others go on",
        Effect.sync(
          () =>
            [...before].every(
              ([entry, count]) => entry.stream.wire === besides || entry.records > count + 1,
            ) || undefined,
        ),
        "60 seconds",
      )
    })
  return { collect, gaps, isLive, lines, onwards, runtime, simulator, spoilt }
})

const said = (what: string, lines: ReadonlyArray<string>, pattern: RegExp) =>
  eventually(
    what,
    Effect.sync(() => lines.find((line) => pattern.test(line))),
  )

const live = (
  name: string,
  test: ReturnType<typeof world> extends Effect.Effect<infer World, infer E, infer R>
    ? (made: World) => Effect.Effect<void, E | Error, R>
    : never,
) =>
  it.live(
    name,
    () =>
      world().pipe(
        Effect.flatMap(test),
        Effect.scoped,
        Effect.provide(collecting),
        Effect.provideService(References.MinimumLogLevel, "Info"),
      ),
    120_000,
  )

describe("a venue that", () => {
  live(
    "changes a field is named by it: in the log, in the accounts, by a gap; its other streams go on",
    (made) =>
      Effect.gen(function* () {
        const { collect, gaps, lines, onwards, simulator } = made
        yield* simulator.inject("malformed:type@btcusdt@trade/every=1/times=40")
        yield* said("the log names the field", lines, /a frame was rejected \(bad_\w+\): data\.\w+: .*got/)
        yield* onwards("btcusdt@trade")
        const { frames } = yield* collect.service.accounts
        assert.isAbove(
          Object.values(frames.rejected).reduce((sum, count) => sum + count, 0),
          0,
        )
        // What is lost of a ticker shows by the refused frame alone, what is lost of trades by their ids.
        yield* simulator.inject("malformed:type@ethusdt@ticker/every=1/times=3")
        yield* eventually(
          "gaps name both streams",
          Effect.sync(() => {
            const named = gaps().map(({ cause, channel, symbol }) => `${symbol} ${channel} ${cause}`)
            return (
              (named.some((each) => /^BTC-USDT trade (rejected|sequence)$/.test(each)) &&
                named.includes("ETH-USDT ticker rejected")) ||
              undefined
            )
          }),
        )
        const streams = new Set(gaps().map(({ channel, symbol }) => `${symbol} ${channel}`))
        assert.deepStrictEqual([...streams].toSorted(), ["BTC-USDT trade", "ETH-USDT ticker"])
      }),
  )

  live(
    "changes every message of a stream: it says so while it lasts, in status and by a gap, and is whole after it",
    (made) =>
      Effect.gen(function* () {
        const { collect, gaps, isLive, lines, onwards, runtime, spoilt } = made
        spoilt.stream = "btcusdt@trade"
        yield* said("the log says it", lines, /btcusdt@trade brings nothing that can be read, \d+ frames/)
        yield* eventually(
          "the gap is open",
          Effect.sync(
            () =>
              gaps().find(({ cause, to }) => cause === "rejected" && to.sequence === undefined) || undefined,
          ),
        )
        const stream = [...runtime.table.values()].find((entry) => entry.unreadable)!
        assert.strictEqual(stream.stream.wire, "btcusdt@trade")
        assert.match(
          runtime.unready().join(),
          /venue binance: 1 of 6 streams cannot be read, the first is btcusdt@trade \(\d+ frames of it were rejected\)/,
        )
        assert.include(
          (yield* runtime.status("running")).streams.map(({ state }) => state),
          "unreadable",
        )
        yield* onwards("btcusdt@trade")
        assert.strictEqual(runtime.metrics.streamRenewals.value(), 0, "it delivers: it is not asked for anew")
        spoilt.stream = ""
        yield* said("it is read again", lines, /btcusdt@trade can be read again/)
        yield* eventually(
          "the same gap is whole",
          Effect.sync(() => {
            const [open, ...later] = gaps().filter(({ cause }) => cause === "rejected")
            const last = later.findLast(({ from }) => from.sequence === open!.from.sequence)
            return (last?.repair === "complete" && last.missing! > 10) || undefined
          }),
        )
        yield* eventually("every stream is live", isLive)
        assert.deepStrictEqual(
          new Set(gaps().map(({ channel, symbol }) => `${symbol} ${channel}`)),
          new Set(["BTC-USDT trade"]),
        )
        assert.isTrue((yield* collect.service.accounts).balanced)
      }),
  )

  live("closes with a reason is quoted: in the log and by gaps, and comes back", (made) =>
    Effect.gen(function* () {
      const { gaps, isLive, lines, onwards, simulator } = made
      yield* simulator.inject("disconnect:1008@0s")
      yield* said("the log has the code", lines, /1008/)
      yield* eventually(
        "every stream has a gap",
        Effect.sync(() => gaps().filter(({ cause }) => cause === "disconnect").length >= 2 || undefined),
      )
      yield* eventually("it comes back", isLive)
      yield* onwards()
    }),
  )

  live("bans for a while is left alone for as long as it says, which is said, and all comes back", (made) =>
    Effect.gen(function* () {
      const { collect, gaps, isLive, lines, onwards, runtime, simulator } = made
      yield* simulator.inject("disconnect@0s,418:4s@0s")
      const { requests } = simulator.venue(venue).stats()
      yield* said("the log says that handshakes are refused", lines, /418/)
      const reasons = yield* eventually(
        "status says why it is not ready",
        Effect.sync(() => runtime.unready().find((reason) => reason.includes("418"))),
      )
      assert.match(reasons, /^venue binance: \d of 6 streams are not acknowledged/)
      assert.isBelow(simulator.venue(venue).stats().requests - requests, 5, "it is not asked on and on")
      yield* eventually("it comes back", isLive, "60 seconds")
      yield* onwards()
      yield* eventually(
        "books and trades are whole again",
        Effect.sync(
          () =>
            gaps().filter(({ channel, repair }) => channel === "depth" && repair === "complete").length >=
              2 || undefined,
        ),
        "60 seconds",
      )
      assert.isTrue((yield* collect.service.accounts).balanced)
    }),
  )
})
