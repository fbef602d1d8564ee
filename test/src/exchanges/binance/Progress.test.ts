import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as NodeHttp from "../../../../layers/rest/NodeHttp.ts"
import { Rest } from "../../../../services/Rest.ts"
import { parseDataType } from "../../../../src/domain/DataType.ts"
import { venues } from "../../../../src/exchanges/index.ts"
import { isRefusal, type Progress } from "../../../../src/exchanges/Venue.ts"
import { makeSimulator } from "../../../../src/simulator/index.ts"

const names = ["binance", "binance-usdm"] as const

const streamOf = (name: (typeof names)[number], word: string) => {
  const venue = venues.get(name)!()
  const instrument = venue.instrument("BTC-USDT")
  const stream = isRefusal(instrument) ? instrument : venue.stream(parseDataType(word)!, instrument)
  if (isRefusal(stream)) throw new Error(stream.refused)
  return { venue, stream, rule: venue.progress! }
}

const answer = (body: unknown, word: string, name: (typeof names)[number] = "binance") => {
  const { rule, stream } = streamOf(name, word)
  return rule.read(Buffer.from(JSON.stringify(body)), stream)
}

describe("the progress of a stream", () => {
  it.live("is told by REST for every stream, and grows while the market moves", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], rate: 500 })
      const rest = yield* Rest
      const words = ["trade", "aggTrade", "bbo", "depth", "depth5", "depth20", "ticker", "kline_1m"]
      const ask = Effect.fnUntraced(function* (name: (typeof names)[number], word: string) {
        const { rule, stream } = streamOf(name, word)
        const request = rule.request(stream)!
        const url = simulator.venue(name).restEndpoint + request.path
        const { body, headers } = yield* rest.get({ url, timeoutMillis: 60_000 })
        return { progress: rule.read(body, stream)!, used: Number(headers["x-mbx-used-weight-1m"]), request }
      })
      for (const name of names) {
        const before: Array<Progress> = []
        let used = 0
        for (const word of words) {
          const asked = yield* ask(name, word)
          before.push(asked.progress)
          assert.isAtMost(asked.used - used, asked.request.weight, `${name} ${word}: its weight`)
          used = asked.used
        }
        yield* Effect.sleep("1 second")
        for (const [index, word] of words.entries()) {
          const { progress } = yield* ask(name, word)
          assert.notStrictEqual(progress.mark, before[index]!.mark, `${name} ${word}`)
          if (progress.sequence !== undefined) assert.isAbove(progress.sequence, before[index]!.sequence!)
        }
      }
    }).pipe(Effect.scoped, Effect.provide(NodeHttp.layer)),
  )

  it("of trades is comparable to the records: spot's aggregates name the last trade", () => {
    assert.deepStrictEqual(answer([{ a: 7, f: 10, l: 12 }], "trade"), { mark: "12", sequence: 12 })
    assert.deepStrictEqual(answer([{ a: 7, f: 10, l: 12 }], "aggTrade"), { mark: "7", sequence: 7 })
    assert.deepStrictEqual(answer([{ id: 12 }], "trade", "binance-usdm"), { mark: "12", sequence: 12 })
  })

  it("says nothing where nothing was traded: not yet, or not in this kline", () => {
    assert.deepStrictEqual(answer([], "trade"), { mark: "" })
    const kline = (trades: number) => [[60_000, "1", "1", "1", "1", "0", 119_999, "0", trades, "0", "0", "0"]]
    assert.deepStrictEqual(answer(kline(0), "kline_1m"), { mark: "" })
    assert.deepStrictEqual(answer(kline(3), "kline_1m"), { mark: "60000:3" })
    assert.deepStrictEqual(answer({ lastId: -1 }, "ticker"), { mark: "" })
  })

  it("of best prices is told by the first level alone", () => {
    const book = (deep: string) => ({
      lastUpdateId: Number(deep),
      bids: [
        ["1", "2"],
        ["0.9", deep],
      ],
      asks: [["1.1", "3"]],
    })
    assert.deepStrictEqual(answer(book("5"), "bbo"), answer(book("6"), "bbo"))
    assert.notDeepEqual(answer(book("5"), "depth5"), answer(book("6"), "depth5"))
  })

  it("cannot be read from anything else", () => {
    for (const word of ["trade", "kline_1m", "depth", "bbo", "ticker"])
      for (const body of [{ code: -1, msg: "no" }, "text", 5, null, [5], [null]])
        assert.isUndefined(answer(body, word), `${word} ${JSON.stringify(body)}`)
  })
})
