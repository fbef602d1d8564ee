import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, References } from "effect"
import { payloadOf } from "../../../../src/domain/Envelope.ts"
import { parseRecord } from "../../../../src/domain/Record.ts"
import { type Interference, makeSimulator } from "../../../../src/simulator/index.ts"
import { collecting, collectInto } from "../../../support/collecting.ts"
import { eventually, untilTrue } from "../../../support/process.ts"
import { isGap } from "../../../support/streamStates.ts"

const capture = () => {
  const lines: Array<string> = []
  return { lines, layer: Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))]) }
}

/** Answers requests for the book of one symbol with another one's, while it is on. */
const swapped = () => {
  const state = { on: false, of: "", into: "" }
  const interference: Interference = {
    request: (_, url) => {
      if (!state.on || !url.includes("/depth?") || !url.includes(`symbol=${state.of}&`)) return {}
      return { url: url.replace(`symbol=${state.of}&`, `symbol=${state.into}&`) }
    },
  }
  return { state, interference }
}

describe("a snapshot of the wrong symbol", () => {
  it.live(
    "that names its symbol is refused by it, one that does not by its sequence: named, a gap, and the right one follows; others go on",
    () => {
      const { interference, state } = swapped()
      const { layer, lines } = capture()
      return Effect.scoped(
        Effect.gen(function* () {
          const simulator = yield* makeSimulator({
            symbols: ["BTC-USDT", "ETH-USDT"],
            venues: ["binance-coinm", "binance"],
            rate: 300,
            interference,
          })
          const { collect, envelopes } = yield* collectInto(simulator, {
            "binance-coinm": { symbols: ["BTC-USD-PERP", "ETH-USD-PERP"], dataTypes: ["depth"] },
            binance: { symbols: ["BTC-USDT", "ETH-USDT"], dataTypes: ["depth"] },
          })
          const books = [...collect.runtimes.values()].flatMap(({ table }) => [...table.values()])
          yield* untilTrue("every book is joined", () =>
            books.every(({ chain }) => chain?.last !== undefined),
          )
          const records = () => envelopes.map((each) => parseRecord(payloadOf(each).toString()))
          const gapOf = (symbol: string) =>
            records()
              .filter(isGap)
              .findLast((gap) => gap.symbol === symbol)
          /** The one whose ids are lower: what it is given for the other's is too old. */
          const newest = (native: string) => {
            const { market } = simulator.venue("binance").market(native)!
            return market.updateId(market.stepAt(simulator.now()))
          }
          const [older, newer] =
            newest("BTCUSDT") < newest("ETHUSDT") ? ["BTCUSDT", "ETHUSDT"] : ["ETHUSDT", "BTCUSDT"]
          const cases = [
            {
              venue: "binance-coinm",
              of: "BTCUSD_PERP",
              into: "ETHUSD_PERP",
              symbol: "BTC-USD-PERP",
              said: /could not be read: symbol: "BTCUSD_PERP", got "ETHUSD_PERP"/,
            },
            {
              venue: "binance",
              of: newer,
              into: older,
              symbol: newer === "BTCUSDT" ? "BTC-USDT" : "ETH-USDT",
              said: /the book snapshot does not fit: it is older than the updates .* or of another book/,
            },
          ]
          for (const { into, of, said, symbol, venue } of cases) {
            Object.assign(state, { on: true, of, into })
            yield* simulator.inject([
              {
                kind: "drop",
                venue,
                messages: 1,
                stream: `${of.toLowerCase()}@depth@100ms`,
                everyMillis: 500,
                times: 4,
              },
            ])
            yield* eventually(
              "it is named among the reasons for not being ready",
              Effect.map(collect.service.unready, (reasons) =>
                reasons.some((reason) =>
                  /a book has no snapshot, .*(does not fit its updates, or cannot be read)/.test(reason),
                )
                  ? true
                  : undefined,
              ),
            )
            state.on = false
            assert.isTrue(
              lines.some((line) => said.test(line)),
              lines.join("\n"),
            )
            const { table } = collect.runtimes.get(venue)!
            const others = [...table.values()].filter((entry) => entry.stream.instrument.symbol !== symbol)
            const counts = others.map(({ records: count }) => count)
            yield* untilTrue("the others go on", () =>
              others.every(({ records: count }, index) => count > counts[index]! + 3),
            )
            yield* untilTrue("the right one fills the gap", () => gapOf(symbol)?.data.repair === "complete")
            assert.deepInclude(gapOf(symbol)!.data, {
              channel: "depth",
              cause: "sequence",
              repairedBy: "resync",
            })
            const { market } = simulator.venue(venue).market(of)!
            const [from, to] = [
              market.updateId(market.stepAt(simulator.now() - 120_000)),
              market.updateId(market.stepAt(simulator.now())),
            ]
            for (const record of records())
              if (record.type === "depth" && record.native === of) {
                const last = Number(record.data.sequence.last)
                assert.isTrue(last >= from && last <= to, `${record.id} is of another book`)
              }
          }
          const touched = new Set(
            records()
              .filter(isGap)
              .map(({ symbol }) => symbol),
          )
          assert.deepStrictEqual(touched, new Set(cases.map(({ symbol }) => symbol)))
          yield* eventually(
            "all is well",
            Effect.map(collect.service.unready, (reasons) => (reasons.length === 0 ? true : undefined)),
          )
        }),
      ).pipe(
        Effect.provide(Layer.merge(collecting, layer)),
        Effect.provideService(References.MinimumLogLevel, "Warn"),
      )
    },
    90_000,
  )
})
