import { restSnapshots } from "../../../src/exchanges/Venue.ts"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Exit, Schema } from "effect"
import { recordTypes } from "../../../src/domain/DataType.ts"
import { makeOutput } from "../../../src/domain/Decoded.ts"
import { encodeBatch } from "../../../src/domain/Encoder.ts"
import { type Envelope, payloadOf } from "../../../src/domain/Envelope.ts"
import { decodeRecord, MarketRecord, parseRecord, RecordError, recordOf } from "../../../src/domain/Record.ts"
import { venues } from "../../../src/exchanges/index.ts"
import { frameText, messageKinds, own } from "../../support/binanceMessages.ts"
import { testEnvelopes, testStream } from "../../support/envelopes.ts"
import { breaches } from "../../support/recordContract.ts"
import { readSession, recordingsAbsent } from "../../support/recordings.ts"
import { frameOf } from "../../../src/domain/Frame.ts"

const strict = Schema.decodeUnknownSync(MarketRecord)

/** Holds what a decoder made, encoded as every sink gets it, against Schema and contract. */
const hold = (envelopes: ReadonlyArray<Envelope>): void => {
  for (const envelope of envelopes) {
    const parsed = JSON.parse(payloadOf(envelope).toString("utf8")) as Record<string, unknown>
    strict(parsed, { onExcessProperty: "error" })
    const found = breaches(parsed)
    if (found.length > 0) assert.deepStrictEqual(found, [], JSON.stringify(parsed))
  }
}

const sessions = [
  ["binance", "binance/2024-08-08-ethusdt"],
  ["binance", "binance/2021-10-12"],
  ["binance-usdm", "binance-usdm/2024-08-08-ethusdt"],
  ["binance-usdm", "binance-usdm/2021-10-12"],
] as const

describe.skipIf(recordingsAbsent)("what is decoded from a recorded session", () => {
  for (const [name, session] of sessions) {
    it(`of ${name} in ${session} is what the Schemas say, in the order of the contract`, () => {
      const venue = venues.get(name)!()
      const output = makeOutput()
      for (const line of readSession(session)) {
        if (line.dir !== "in" && line.dir !== "rest") continue
        const raw = Buffer.from(line.raw!)
        const receivedAt = Number(line.t.slice(0, -3)) / 1000
        const rest = venue.recordedRest(line.dir === "rest" ? line.url : undefined, line.raw!)
        if (line.dir === "in" && rest.kind === "other") venue.decode(frameOf(raw), receivedAt, output)
        if (line.dir !== "rest" || rest.kind !== "depth") continue
        const stream = venue.streamOfWire(`${rest.native.toLowerCase()}@depth@100ms`)!
        const snapshot = restSnapshots(venue.depth)!.decode(raw, stream, receivedAt, rest.levels)
        if ("type" in snapshot) output.records.push(snapshot)
      }
      assert.isAbove(output.records.length, 250)
      hold(encodeBatch(output.records, "replay"))
    })
  }
})

describe.each(messageKinds)("what is decoded from $venue $wire", (kind) => {
  const venue = venues.get(kind.venue)!()

  it.prop(
    "is what the Schemas say, whatever the message (trades off the book are none)",
    [Arbitrary.schema(kind.schema)],
    ([message]) => {
      const output = makeOutput()
      venue.decode(frameOf(Buffer.from(frameText(kind, own(kind, message)))), 1723161254024.619, output)
      assert.strictEqual(output.records.length + output.skips.length, 1)
      hold(encodeBatch(output.records, "stream"))
    },
    { arbitrary: { runs: 50 } },
  )
})

describe.each(MarketRecord.members.map((schema, index) => ({ type: recordTypes[index]!, schema })))(
  "a record of type $type",
  ({ type, schema }) => {
    const arbitrary = Arbitrary.schema(schema as Schema.Codec<MarketRecord>)

    it.prop(
      "comes back from its text as it was",
      [arbitrary],
      ([record]) => {
        assert.strictEqual(record.type, type)
        const text = JSON.stringify(record)
        assert.deepStrictEqual(parseRecord(text), JSON.parse(text) as MarketRecord)
      },
      { arbitrary: { runs: 50 } },
    )

    it.prop(
      "is refused when it lacks a field, and the field is named",
      [arbitrary],
      ([record]) => {
        for (const name of ["exchange", "symbol", "id", "timestamp", "receivedAt", "source", "data"]) {
          const text = JSON.stringify({ ...record, [name]: undefined })
          assert.throws(() => parseRecord(text), `not a market record: ${name}: Missing key`)
        }
      },
      { arbitrary: { runs: 5 } },
    )
  },
)

describe("decoding a record", () => {
  const [envelope] = testEnvelopes([testStream({ base: "币安" })], 7, 1)

  it.effect("takes an envelope, its bytes and its text alike", () =>
    Effect.gen(function* () {
      const payload = payloadOf(envelope!)
      const record = yield* decodeRecord(envelope!)
      assert.strictEqual(record.native, "币安USDT")
      for (const input of [payload, new Uint8Array(payload), payload.toString("utf8")])
        assert.deepStrictEqual(yield* decodeRecord(input), record)
      assert.deepStrictEqual(recordOf(envelope!), record)
    }),
  )

  it.effect("ignores fields that a later version may add", () =>
    Effect.gen(function* () {
      const record = yield* decodeRecord(envelope!)
      const later = { ...record, extra: 1, data: { ...record.data, more: [1] } }
      assert.deepStrictEqual(yield* decodeRecord(JSON.stringify(later)), record)
    }),
  )

  const text = payloadOf(envelope!).toString("utf8")
  const wrong: ReadonlyArray<readonly [string, string, string]> = [
    ["text that is no JSON", text.slice(0, -1), "Expected a valid JSON string"],
    ["another type", text.replace(`"trade"`, `"trades"`), "whose `type` is one of trade, kline, "],
    ["a number for a price", text.replace(`"7.00"`, "7.00"), "data.price: "],
    ["an exponent", text.replace(`"7.00"`, `"7e5"`), "data.price: Expected a decimal in plain notation"],
    ["a negative quantity", text.replace(`"quantity":"1"`, `"quantity":"-1"`), "data.quantity: "],
    ["half a millisecond", text.replace(/"tradeTime":\d+/, `"tradeTime":1.5`), "data.tradeTime: "],
    ["a side that is none", text.replace(`"buy"`, `"BUY"`), "data.side: "],
  ]
  for (const [what, input, message] of wrong) {
    it.effect(`refuses ${what} and says so`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(decodeRecord(input))
        assert.instanceOf(error, RecordError)
        assert.match(error.message, /^not a market record: /)
        assert.include(error.message, message)
        assert.throws(() => parseRecord(input), error.message)
      }),
    )
  }

  it.effect("names every field that is wrong at once", () =>
    Effect.gen(function* () {
      const input = text.replace(`"7.00"`, `""`).replace(`"buy"`, "null").replace(`"stream"`, "1")
      const exit = yield* Effect.exit(decodeRecord(input))
      assert.isTrue(Exit.isFailure(exit))
      const { detail } = yield* Effect.flip(decodeRecord(input))
      for (const path of ["source: ", "data.price: ", "data.side: "]) assert.include(detail, path)
    }),
  )
})
