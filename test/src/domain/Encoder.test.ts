import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { recordTypes, type RecordType } from "../../../src/domain/DataType.ts"
import { type Decoded, noSequence, type Source } from "../../../src/domain/Decoded.ts"
import { encodeBatch, formatReceivedAt } from "../../../src/domain/Encoder.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import type { Market } from "../../../src/domain/Instrument.ts"
import { makeStream, recordId, type Stream } from "../../../src/domain/Stream.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"

describe("the receive time as text", () => {
  it("has as many of three fraction digits as are not zero", () => {
    const times: ReadonlyArray<readonly [number, string]> = [
      [0, "0"],
      [1723161254024, "1723161254024"],
      [1723161254024.619, "1723161254024.619"],
      [1723161254024.62, "1723161254024.62"],
      [1723161254024.6, "1723161254024.6"],
      [1723161254024.001, "1723161254024.001"],
      [1723161254024.01, "1723161254024.01"],
      [1723161254024 + 0.9997, "1723161254025"],
      [0.0004, "0"],
      [0.0006, "0.001"],
      [-1.5, "-1.5"],
      [-0.0001, "0"],
    ]
    for (const [time, text] of times) assert.strictEqual(formatReceivedAt(time), text)
  })

  it.effect("is the nearest microsecond of every double", () =>
    withSeeds(5, (dice) =>
      Effect.sync(() => {
        for (let round = 0; round < 5_000; round++) {
          const time = dice.next() * dice.pick([1, 1e3, 1e6, 2e12, 1e14])
          const text = formatReceivedAt(time)
          assert.match(text, /^\d+(\.\d{0,2}[1-9])?$/)
          // Half a microsecond, and what a double of this size can tell apart.
          assert.isAtMost(Math.abs(Number(text) - time), 0.0005 + time * 2 ** -52, text)
        }
      }),
    ),
  )
})

const texts = ["BTC", "币安人生", 'a"b\\c', "é", "\u0001", "🚀", "1000SATS", "x/y z"]
const markets: ReadonlyArray<Market> = ["spot", "perpetual", "future", "option", "index"]

const streamOf = (dice: Dice, type: RecordType): Stream => {
  const ascii = dice.chance(0.7)
  const text = () => (ascii ? dice.pick(["BTC", "ETH", "1000SATS"]) : dice.pick(texts))
  return makeStream({
    venue: "test",
    dataType: { word: type, type },
    instrument: {
      exchange: dice.pick(["binance", "okx"]),
      market: dice.pick(markets),
      base: "B",
      quote: "Q",
      symbol: `${text()}-${text()}`,
      native: text(),
    },
    wire: "wire",
    route: "",
  })
}

const decodedOf = (dice: Dice): Decoded => {
  const type = dice.pick(recordTypes)
  const own = streamOf(dice, type === "gap" ? "trade" : type)
  return {
    stream: own,
    type,
    key: dice.pick([String(dice.int(1e9)), "snapshot:full:12", "1m:1723161240000:closed"]),
    timestamp: dice.chance(0.2) ? 0 : 1723161254024 + dice.int(3),
    receivedAt: 1723161254024 + dice.int(2) + dice.int(1000) / 1000,
    data: JSON.stringify({ price: String(dice.next()), levels: [["1", "2"]], n: dice.int(1000) }),
    first: noSequence,
    last: noSequence,
    previous: noSequence,
    ...(type === "gap" ? { revision: 1 + dice.int(1e6) } : {}),
  }
}

/** The record of the contract, as an object whose keys stand in its order. */
const expectedOf = (record: Decoded, source: Source): object => {
  const { exchange, market, symbol, native } = record.stream.instrument
  return {
    type: record.type,
    exchange,
    market,
    symbol,
    native,
    id: recordId(record.stream, record.type, record.key),
    timestamp: record.timestamp === 0 ? Math.floor(record.receivedAt) : record.timestamp,
    ...(record.timestamp === 0 ? { timestampSource: "receive" } : {}),
    receivedAt: Math.round(record.receivedAt * 1000) / 1000,
    source,
    data: JSON.parse(record.data) as unknown,
    ...(record.revision === undefined ? {} : { revision: record.revision }),
  }
}

describe("the encoder", () => {
  it.effect("writes each record as the contract has it, whatever names an exchange gives", () =>
    withSeeds(60, (dice) =>
      Effect.sync(() => {
        const source = dice.pick(["stream", "rest", "replay"] as const)
        const records = Array.from({ length: dice.int(40) }, () => decodedOf(dice))
        const envelopes = encodeBatch(records, source)
        assert.strictEqual(envelopes.length, records.length)
        records.forEach((record, index) => {
          assert.strictEqual(
            payloadOf(envelopes[index]!).toString("utf8"),
            JSON.stringify(expectedOf(record, source)),
          )
        })
      }),
    ),
  )

  it.effect("lays a batch out without a gap, each payload with its newline right behind it", () =>
    withSeeds(20, (dice) =>
      Effect.sync(() => {
        const records = Array.from({ length: 1 + dice.int(40) }, () => decodedOf(dice))
        const envelopes = encodeBatch(records, "stream")
        let at = envelopes[0]!.start
        for (const { bytes, start, end } of envelopes) {
          assert.strictEqual(bytes, envelopes[0]!.bytes)
          assert.strictEqual(start, at)
          assert.strictEqual(bytes[end], 0x0a)
          assert.strictEqual(bytes.subarray(start, end).indexOf(0x0a), -1)
          at = end + 1
        }
      }),
    ),
  )

  it.effect("gives each envelope what its payload says", () =>
    withSeeds(20, (dice) =>
      Effect.sync(() => {
        const records = Array.from({ length: 1 + dice.int(40) }, () => decodedOf(dice))
        encodeBatch(records, "rest").forEach((envelope, index) => {
          const payload = JSON.parse(payloadOf(envelope).toString("utf8")) as Record<string, unknown>
          const { stream, type, key, timestamp, source } = envelope
          assert.strictEqual(stream, records[index]!.stream)
          assert.deepInclude(payload, { type, timestamp, source, id: recordId(stream, type, key) })
        })
      }),
    ),
  )
})
