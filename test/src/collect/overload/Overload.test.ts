import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Parsed, bytesOf } from "../../../../src/collect/Inlet.ts"
import { givingWay } from "../../../../src/collect/overload/GivingWay.ts"
import { type GivesWay, makeOverload } from "../../../../src/collect/overload/Overload.ts"
import { type Decoded, noSequence } from "../../../../src/domain/Decoded.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import * as Mailbox from "../../../../src/runtime/Mailbox.ts"
import { testStream, testTime } from "../../../support/envelopes.ts"
import { type Dice, withSeeds } from "../../../support/seed.ts"

const policies = {
  trade: undefined,
  bbo: "conflate",
  ticker: "drop_oldest",
  mark_price: "drop_newest",
} as const
const channels = Object.keys(policies) as ReadonlyArray<keyof typeof policies>

const givesWay: GivesWay = ({ dataType }) => policies[dataType.word as keyof typeof policies]

const streams = channels.flatMap((dataType): ReadonlyArray<Stream> =>
  ["BTC", "ETH"].map((base) => testStream({ dataType, base })),
)

const record = (stream: Stream, number: number): Decoded => ({
  stream,
  type: stream.dataType.type,
  key: String(number),
  timestamp: 0,
  receivedAt: testTime + number,
  data: "x".repeat(1 + (number % 90)),
  first: noSequence,
  last: noSequence,
  previous: noSequence,
})

const batch = (records: ReadonlyArray<Decoded>): Parsed => ({
  kind: "records",
  records,
  bytes: bytesOf(records),
})

const ofStream = (messages: ReadonlyArray<Parsed>, stream: Stream): ReadonlyArray<number> =>
  messages.flatMap((message) =>
    message.kind === "records"
      ? message.records.filter((each) => each.stream === stream).map(({ key }) => Number(key))
      : [],
  )

const lostOf = (messages: ReadonlyArray<Parsed>, stream: Stream): number =>
  messages.reduce(
    (sum, message) => sum + (message.kind === "records" ? (message.lost?.get(stream)?.records ?? 0) : 0),
    0,
  )

/** Offers random batches to a mailbox that nobody reads until it is full, a few rounds long. */
const flood = Effect.fnUntraced(function* (dice: Dice, capacityBytes: number, someStreams = streams) {
  let dropped = 0
  const overload = makeOverload(givesWay, capacityBytes, (count) => {
    dropped += count
  })
  const mailbox = givingWay(
    yield* Mailbox.make<Parsed>({
      name: "test",
      capacity: { items: 1024, bytes: capacityBytes },
      sizeOf: ({ bytes }) => bytes,
      makeRoom: overload.makeRoom,
    }),
    overload,
  )
  const sent = new Map<Stream, Array<number>>()
  for (const stream of someStreams) sent.set(stream, [])
  const out: Array<Parsed> = []
  let number = 0
  let blocked = 0
  for (let round = 0; round < 200; round++) {
    const records = Array.from({ length: 1 + dice.int(20) }, () => record(dice.pick(someStreams), number++))
    const answer = mailbox.offerUnsafe(batch(records))
    if (answer === "taken") for (const { stream, key } of records) sent.get(stream)!.push(Number(key))
    else blocked++
    assert.isAtMost(mailbox.stats().bytes, capacityBytes)
    if (dice.chance(0.01)) out.push(...(yield* mailbox.takeAll))
  }
  if (mailbox.stats().items > 0) out.push(...(yield* mailbox.takeAll))
  yield* mailbox.end
  if (mailbox.stats().items > 0) out.push(...(yield* mailbox.takeAll))
  return { sent, out, dropped, blocked }
})

describe("overload", () => {
  it.effect(
    "every record comes out, in the order of its stream, or is counted at the place where it is missing",
    () =>
      withSeeds(200, (dice) =>
        Effect.gen(function* () {
          const { sent, out, dropped } = yield* flood(dice, 8_000 + dice.int(20_000))
          let lost = 0
          for (const [stream, numbers] of sent) {
            const came = ofStream(out, stream)
            assert.deepStrictEqual(
              came,
              numbers.filter((number) => came.includes(number)),
            )
            assert.strictEqual(came.length + lostOf(out, stream), numbers.length)
            if (givesWay(stream) === undefined) assert.deepStrictEqual(came, numbers)
            if (givesWay(stream) === "conflate") assert.strictEqual(came.at(-1), numbers.at(-1))
            lost += lostOf(out, stream)
          }
          assert.strictEqual(lost, dropped)
        }),
      ),
  )

  it.effect(
    "each policy gives way alone: the latest stays, the newest stay, the oldest stay, or all wait",
    () =>
      withSeeds(20, (dice) =>
        Effect.gen(function* () {
          for (const stream of streams) {
            const { sent, out, blocked, dropped } = yield* flood(dice, 6_000, [stream])
            const policy = givesWay(stream)
            const came = ofStream(out, stream)
            const numbers = sent.get(stream)!
            assert.strictEqual(came.length + dropped, numbers.length, policy)
            if (policy === undefined) {
              assert.isAbove(blocked, 0)
              assert.strictEqual(dropped, 0)
            } else assert.isAbove(dropped, 0)
            if (policy === "conflate" || policy === "drop_oldest")
              assert.strictEqual(came.at(-1), numbers.at(-1))
            if (policy === "drop_newest") assert.strictEqual(came[0], numbers[0])
          }
        }),
      ),
  )

  it.effect("what could not be made to fit is not touched", () =>
    Effect.gen(function* () {
      const [trades] = streams
      const quotes = streams[2]!
      let dropped = 0
      const overload = makeOverload(givesWay, 2_000, (count) => (dropped += count))
      const waiting = [
        batch([record(quotes, 1), record(quotes, 2)]),
        batch(Array.from({ length: 8 }, (_, index) => record(trades!, index))),
      ]
      assert.isUndefined(overload.makeRoom(waiting, 1_900, batch([])))
      assert.strictEqual(dropped, 0)
      yield* Effect.void
    }),
  )

  it("the newest of many streams give way, though the note of each takes room as well", () => {
    const overload = makeOverload(givesWay, 100_000, () => {})
    const many = Array.from({ length: 30 }, (_, index) =>
      testStream({ dataType: "mark_price", base: `B${index}` }),
    )
    const message = batch(
      Array.from({ length: 90 }, (_, index) => ({
        ...record(many[index % 30]!, index),
        data: "x".repeat(250),
      })),
    )
    for (let room = 0; room < message.bytes; room += 97) {
      const smaller = overload.withoutNewest(message, room)
      assert.isDefined(smaller, `with room for ${room}`)
      const { dropped, left } = smaller!
      if (left.records.length > 0) assert.isAtMost(left.bytes, room)
      assert.strictEqual(left.records.length + dropped, 90)
    }
  })

  it.effect("the newest give way as well where a mailbox is full of messages, and not of bytes", () =>
    Effect.gen(function* () {
      let dropped = 0
      const overload = makeOverload(givesWay, 100_000, (count) => (dropped += count))
      const prices = testStream({ dataType: "mark_price" })
      const plain = yield* Mailbox.make<Parsed>({
        name: "records",
        capacity: { items: 2, bytes: 100_000 },
        sizeOf: ({ bytes }) => bytes,
      })
      const mailbox = givingWay(plain, overload)
      for (let number = 0; number < 5; number++)
        assert.strictEqual(mailbox.offerUnsafe(batch([record(prices, number)])), "taken")
      assert.strictEqual(dropped, 3)
    }),
  )

  it.effect("what is fetched or said takes the place of the newest where these keep a mailbox full", () =>
    Effect.gen(function* () {
      const capacity = 40_000
      let dropped = 0
      const overload = makeOverload(givesWay, capacity, (count) => (dropped += count))
      const { makeRoom } = overload
      const plain = yield* Mailbox.make<Parsed>({
        name: "records",
        capacity: { items: 1024, bytes: capacity },
        sizeOf: ({ bytes }) => bytes,
        makeRoom,
      })
      const mailbox = givingWay(plain, overload)
      const [trades] = streams
      const prices = testStream({ dataType: "mark_price" })
      mailbox.offerUnsafe(batch([record(trades!, 0), record(trades!, 1)]))
      let number = 0
      while (dropped === 0)
        mailbox.offerUnsafe(batch(Array.from({ length: 10 }, () => record(prices, number++))))
      const before = dropped
      const said = (bytes: number): Parsed => ({
        kind: "interrupted",
        interruption: { interrupted: [prices], cause: "rejected", at: 0 },
        bytes,
      })
      for (const bytes of [200, 8_000, 200]) assert.strictEqual(mailbox.offerUnsafe(said(bytes)), "taken")
      assert.isAbove(dropped, before)
      assert.isAtMost(mailbox.stats().bytes, capacity)
      // Where nothing may give way it waits, as ever.
      assert.strictEqual(mailbox.offerUnsafe(said(capacity - 100)), "full")
      yield* mailbox.end
      const out = yield* mailbox.takeAll
      assert.deepStrictEqual(ofStream(out, trades!), [0, 1])
      const came = ofStream(out, prices)
      assert.deepStrictEqual(
        came,
        came.map((_, index) => index),
      )
      assert.strictEqual(came.length + lostOf(out, prices), number)
      assert.strictEqual(lostOf(out, prices), dropped)
      assert.strictEqual(out.filter(({ kind }) => kind === "interrupted").length, 3)
    }),
  )

  it("an open kline gives way to a later state of the same kline, never a closed one", () => {
    const stream = testStream({ dataType: "kline_1m" })
    const kline = (first: number, last: number, key: string): Decoded => ({
      ...record(stream, 1),
      type: "kline",
      key,
      first,
      last,
    })
    const overload = makeOverload(
      () => "conflate",
      1_000,
      () => {},
    )
    const left = overload.makeRoom(
      [
        batch([kline(0, noSequence, "a"), kline(0, noSequence, "b"), kline(0, 59_999, "closed")]),
        batch([kline(60_000, noSequence, "c"), kline(60_000, noSequence, "d")]),
      ],
      100,
      batch([]),
    )
    const keys = left!.flatMap((message) =>
      message.kind === "records" ? message.records.map(({ key }) => key) : [],
    )
    assert.deepStrictEqual(keys, ["b", "closed", "d"])
  })
})
