import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import * as MemoryJournal from "../../../../layers/journal/Memory.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { type BookSettings, usualBooks } from "../../../../src/collect/books/BookSettings.ts"
import { parseDataType } from "../../../../src/domain/DataType.ts"
import { type Decoded, noSequence } from "../../../../src/domain/Decoded.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import { venues } from "../../../../src/exchanges/index.ts"
import { isRefusal } from "../../../../src/exchanges/Venue.ts"
import { makeEntry } from "../../../../src/collect/StreamTable.ts"
import { makeChain } from "../../../../src/collect/StreamBooks.ts"
import { drivenStates, isGap } from "../../../support/streamStates.ts"

const services = Layer.merge(MemoryJournal.layer({ capacityBytes: 64 << 20 }), Metrics.layer)

const effect = (
  name: string,
  test: Effect.Effect<unknown, unknown, Layer.Success<typeof services> | Scope.Scope>,
) => it.effect(name, () => Effect.provide(test, services))

type Side = ReadonlyArray<readonly [price: string, quantity: string]>

const okx = venues.get("okx")!()

const streamOf = (word: string): Stream => {
  const instrument = okx.instrument("BTC-USDT")
  if (isRefusal(instrument)) throw new Error(instrument.refused)
  const stream = okx.stream(parseDataType(word)!, instrument)
  if (isRefusal(stream)) throw new Error(stream.refused)
  return stream
}

const depth = streamOf("depth")
const bbo = streamOf("bbo")

const snapshot = (last: number, bids: Side, asks: Side, receivedAt = last * 100): Decoded => ({
  stream: depth,
  type: "depth",
  key: `snapshot:full:${last}`,
  timestamp: 1_700_000_000_000 + last,
  receivedAt,
  data: JSON.stringify({ kind: "snapshot", bids, asks, sequence: { last: String(last) } }),
  first: noSequence,
  last,
  previous: noSequence,
})

const delta = (last: number, bids: Side, asks: Side, receivedAt = last * 100): Decoded => ({
  stream: depth,
  type: "depth",
  key: String(last),
  timestamp: 1_700_000_000_000 + last,
  receivedAt,
  data: JSON.stringify({
    kind: "delta",
    bids,
    asks,
    sequence: { first: String(last), last: String(last), previous: String(last - 1) },
  }),
  first: last,
  last,
  previous: last - 1,
})

const driven = (books: Partial<BookSettings>, streams: ReadonlyArray<Stream> = [depth]) =>
  drivenStates(streams, { depth: okx.depth!, books: { ...usualBooks, ...books }, bboOf: () => bbo })

const bids: Side = [
  ["100", "1"],
  ["99", "2"],
]
const asks: Side = [
  ["101", "3"],
  ["102", "4"],
]

describe("what is made of a book", () => {
  effect(
    "best prices come when they have changed, with the sequence of what changed them",
    Effect.gen(function* () {
      const { balanced, out, records } = yield* driven({ bbo: true })
      yield* records([snapshot(1, bids, asks)])
      yield* records([delta(2, [["98", "1"]], [])])
      yield* records([delta(3, [["100", "0"]], [])])
      yield* records([delta(4, [["99", "5"]], [["101", "0.0"]])])
      const got = out.flatMap((record) => (record.type === "bbo" ? [record] : []))
      assert.deepStrictEqual(
        got.map(({ data, id, timestamp }) => [id, timestamp, data]),
        [
          [
            "okx:BTC-USDT:bbo:1",
            1_700_000_000_001,
            { bid: "100", bidQuantity: "1", ask: "101", askQuantity: "3", sequence: "1" },
          ],
          [
            "okx:BTC-USDT:bbo:3",
            1_700_000_000_003,
            { bid: "99", bidQuantity: "2", ask: "101", askQuantity: "3", sequence: "3" },
          ],
          [
            "okx:BTC-USDT:bbo:4",
            1_700_000_000_004,
            { bid: "99", bidQuantity: "5", ask: "102", askQuantity: "4", sequence: "4" },
          ],
        ],
      )
      assert.isTrue(balanced())
    }),
  )

  effect(
    "nothing is derived where the venue's own best prices are collected",
    Effect.gen(function* () {
      const { out, records } = yield* driven({ bbo: true }, [depth, bbo])
      yield* records([snapshot(1, bids, asks), delta(2, [["100.5", "1"]], [])])
      assert.deepStrictEqual(
        out.map(({ type }) => type),
        ["depth", "depth"],
      )
    }),
  )

  effect(
    "snapshots come at the first change after each moment of their own, of the levels asked for",
    Effect.gen(function* () {
      const { balanced, envelopes, out, records } = yield* driven({
        snapshots: { everyMillis: 1000, depth: 1 },
      })
      yield* records([snapshot(1, bids, asks, 0)])
      for (let last = 2; last <= 30; last++)
        yield* records([delta(last, [["99", String(last)]], [], last * 100)])
      const got = out.filter((record) => record.id.includes(":snapshot:1:"))
      assert.strictEqual(got.length, 4, "at the beginning, and then each second of three")
      const [first, second] = got
      assert.strictEqual(first!.id, "okx:BTC-USDT:depth:snapshot:1:1")
      assert.deepStrictEqual<unknown>(second!.data, {
        kind: "snapshot",
        bids: [["100", "1"]],
        asks: [["101", "3"]],
        sequence: { last: second!.id.split(":").at(-1) },
        depth: 1,
      })
      // Beside the chain, not in it: where the chain stands after a restart is no snapshot's to say.
      const streams = new Set(envelopes.map(({ stream }) => stream.key))
      assert.deepStrictEqual([...streams], ["okx:depth:BTC-USDT", "okx:depth1:BTC-USDT"])
      assert.isTrue(balanced())
      // A book that does not change is not told again.
      const before = out.length
      yield* records([delta(30, [["99", "30"]], [], 60_000)])
      assert.strictEqual(out.length, before)
    }),
  )

  effect(
    "a crossed book is a broken one: it is never published, its stream has a gap, and a snapshot makes it whole",
    Effect.gen(function* () {
      const { balanced, events, out, records } = yield* driven({
        bbo: true,
        snapshots: { everyMillis: 1, depth: 5 },
      })
      yield* records([snapshot(1, bids, asks)])
      yield* records([delta(2, [["101", "9"]], [])])
      yield* records([delta(3, [["101", "0"]], [])])
      assert.deepStrictEqual(
        events.map((event) => [
          event.kind,
          event.kind === "broken" ? event.fault : event.kind === "wanted" && event.because,
        ]),
        [
          ["broken", "crossed"],
          ["wanted", "broken"],
        ],
      )
      assert.deepStrictEqual(
        out.filter(isGap).map(({ data }) => [data.cause, data.repair]),
        [["sequence", "pending"]],
      )
      assert.isFalse(
        out.some(({ id, type }) => type !== "gap" && /:(2|3)$/.test(id)),
        "neither deltas nor what is made of them",
      )
      yield* records([snapshot(5, [["101", "1"]], [["101.0", "1"]])])
      assert.isFalse(
        out.some(({ id }) => id.endsWith(":5")),
        "a crossed snapshot is none",
      )
      yield* records([snapshot(6, [["100", "1"]], [["101.0", "1"]])])
      assert.deepStrictEqual(
        out.filter(isGap).map(({ data }) => data.repair),
        ["pending", "complete"],
      )
      assert.deepStrictEqual(
        out.slice(-3).map(({ id, type }) => [type, id.split(":").slice(3).join(":")]),
        [
          ["gap", "depth:2"],
          ["bbo", "6"],
          ["depth", "snapshot:5:6"],
        ],
      )
      assert.isTrue(balanced())
    }),
  )

  /** The chain goes on from an earlier process, after 7. */
  const goesOn = (books: BookSettings) =>
    drivenStates([depth], {
      depth: okx.depth!,
      books,
      bboOf: () => bbo,
      enter: (stream) => {
        const entry = makeEntry(stream, "config")
        entry.chain = { ...makeChain(okx.depth!, books), last: 7, joining: false }
        return entry
      },
    })

  effect(
    "after a restart the chain goes on, and is not checked, before a snapshot tells the book",
    Effect.gen(function* () {
      const { out, records } = yield* goesOn({ ...usualBooks, keep: true })
      yield* records([delta(8, [["100", "1"]], [])])
      assert.deepStrictEqual(
        out.map(({ id }) => id),
        ["okx:BTC-USDT:depth:8"],
      )
    }),
  )

  effect(
    "where more is made of it, the chain does not go on without a snapshot",
    Effect.gen(function* () {
      const { events, out, records } = yield* goesOn({ ...usualBooks, bbo: true })
      yield* records([delta(8, [["100", "1"]], [])])
      assert.deepStrictEqual(
        out.map(({ type }) => type),
        ["gap"],
      )
      assert.strictEqual(events.at(-1)?.kind, "wanted")
    }),
  )

  effect(
    "a snapshot of where the chain stands is no record, and tells the book",
    Effect.gen(function* () {
      const { out, records } = yield* goesOn({ ...usualBooks, bbo: true })
      yield* records([snapshot(7, bids, asks), delta(8, [["100.5", "1"]], [])])
      assert.deepStrictEqual(
        out.map(({ id }) => id),
        ["okx:BTC-USDT:depth:8", "okx:BTC-USDT:bbo:8"],
      )
    }),
  )
})
