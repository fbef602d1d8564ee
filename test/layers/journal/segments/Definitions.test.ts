import { assert, describe, it } from "@effect/vitest"
import { Definitions } from "../../../../layers/journal/segments/Definitions.ts"
import { parseDataType } from "../../../../src/domain/DataType.ts"
import { makeStream } from "../../../../src/domain/Stream.ts"

const stream = (more: { readonly task?: string; readonly unnumbered?: true }) =>
  makeStream({
    venue: "binance",
    dataType: parseDataType("trade")!,
    instrument: {
      exchange: "binance",
      market: "spot",
      base: "BTC",
      quote: "USDT",
      symbol: "BTC-USDT",
      native: "BTCUSDT",
    },
    wire: "btcusdt@trade",
    route: "intake",
    ...more,
  })

describe("a definition in a segment", () => {
  it("says whose rows they are, to a process that did not write them too", () => {
    const written = [stream({}), stream({ task: "a" }), stream({ task: "b" }), stream({ unnumbered: true })]
    const texts = written.map((each) =>
      new Definitions().write({ stream: each, type: "trade", source: "rest" }),
    )
    const reader = new Definitions()
    const read = texts.map((text) => reader.read(text)!.stream)
    assert.deepStrictEqual(
      read.map(({ task, unnumbered }) => [task, unnumbered]),
      [
        [undefined, undefined],
        ["a", undefined],
        ["b", undefined],
        [undefined, true],
      ],
    )
    assert.strictEqual(new Set(read).size, 4)
    assert.deepStrictEqual(read[1], written[1])
    assert.isUndefined(reader.read(texts[1]!.replace('"task":"a"', '"task":5')))
  })
})
