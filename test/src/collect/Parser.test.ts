import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import type { LetterDraft } from "../../../services/DeadLetters.ts"
import { catalog } from "../../../services/MetricCatalog.ts"
import { Metrics } from "../../../services/Metrics.ts"
import { makeParser } from "../../../src/collect/Parser.ts"
import type { Decode } from "../../../src/domain/Decoded.ts"
import { parseRecord } from "../../../src/domain/Record.ts"
import { makeBinance } from "../../../src/exchanges/binance/index.ts"
import { makeCoinbase } from "../../../src/exchanges/coinbase/index.ts"
import { restSnapshots, type Venue } from "../../../src/exchanges/Venue.ts"
import { Actors } from "../../../src/runtime/Actors.ts"
import { all } from "../../contract/DeadLetters.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"
import { newestGaps } from "../../support/streamStates.ts"
import { inFiles, inMemory, live, running, streamOf, tradeFrame } from "../../support/venueBench.ts"
import { frameOf } from "../../../src/domain/Frame.ts"

/** What no decoder can ever use, made of a good frame. */
const spoil = (dice: Dice, good: Buffer): Buffer => {
  switch (dice.int(5)) {
    case 0:
      return good.subarray(0, dice.int(good.length))
    case 1:
      return Buffer.from(Array.from({ length: dice.int(300) }, () => dice.int(256) & 0xfb))
    case 2:
      return tradeFrame(dice.int(1000), {
        [dice.pick(["p", "q"])]: dice.pick([true, null, {}, "1e", "-", []]),
      })
    case 3:
      return Buffer.concat([good, good.subarray(0, 1 + dice.int(good.length - 1))])
    default:
      return tradeFrame(dice.int(1000), { s: "ETHUSDT" })
  }
}

const texts = (letters: ReadonlyArray<Pick<LetterDraft, "bytes">>) =>
  letters.map(({ bytes }) => Buffer.from(bytes).toString("latin1"))

describe("what no decoder can use", () => {
  live(
    "is all in the store with its bytes, 10,000 frames among 100,000 good ones, which all come out in order",
    inFiles,
    withSeeds(1, (dice) =>
      Effect.gen(function* () {
        const { feed, stop, envelopes } = yield* running(makeBinance())
        const frames: Array<Buffer> = []
        const bad: Array<Buffer> = []
        let good = 0
        while (bad.length < 10_000) {
          if (!dice.chance(1 / 11)) frames.push(tradeFrame(good++))
          else {
            const frame = spoil(dice, tradeFrame(dice.int(1_000_000)))
            bad.push(Buffer.from(frame))
            frames.push(frame)
          }
        }
        yield* feed(frames)
        const { received, decoded, rejected } = yield* stop
        const total = Object.values(rejected).reduce((sum, each) => sum + each, 0)
        assert.deepStrictEqual([received, decoded, total], [frames.length, good, bad.length])
        assert.deepStrictEqual(
          envelopes.map(({ key }) => Number(key)),
          Array.from({ length: good }, (_, index) => index),
        )
        const letters = yield* all({ limit: 2000 })
        assert.deepStrictEqual(texts(letters), texts(bad.map((bytes) => ({ bytes }))))
        for (const { stage, venue, connection, attempts, detail } of letters) {
          assert.deepStrictEqual(
            [stage, venue, connection, attempts],
            ["decode", "binance", "binance/connections/1", 1],
          )
          assert.isNotEmpty(detail)
        }
        const { series } = yield* Metrics
        assert.strictEqual(series.sum(catalog.deadLetters), bad.length)
        assert.strictEqual(series.sum(catalog.deadLettersHeld), bad.length)
        assert.strictEqual(series.sum(catalog.deadLettersLost), 0)
      }).pipe(Effect.orDie),
    ),
  )

  live(
    "is the cause of the gap that it leaves, where it names its stream",
    inMemory,
    Effect.gen(function* () {
      const { feed, stop, envelopes } = yield* running(makeBinance())
      yield* feed([tradeFrame(1), tradeFrame(2, { p: "1e5e" }), tradeFrame(3).subarray(0, 90), tradeFrame(4)])
      const { rejected } = yield* stop
      assert.deepStrictEqual(rejected, { bad_number: 1, not_json: 1 })
      const records = envelopes.map((envelope) => parseRecord(envelope))
      const [gap, ...others] = newestGaps(records)
      assert.deepStrictEqual(others, [])
      assert.deepInclude(gap!.data, { channel: "trade", cause: "rejected", missing: 2 })
    }),
  )

  live(
    "is decoded with the route of its connection, and a letter of it keeps that",
    inMemory,
    Effect.gen(function* () {
      const routes: Array<string | undefined> = []
      const decode: Decode = (_frame, _receivedAt, output, route) => {
        routes.push(route)
        output.rejects.push({ reason: "unknown_stream", detail: "nobody's" })
      }
      const rejected: Array<string | undefined> = []
      const parse = makeParser({
        venue: { ...makeBinance(), decode },
        metrics: (yield* Metrics).venue("binance"),
        onControl: () => {},
        onReject: ({ route }) => rejected.push(route),
      })
      const batch = {
        connection: "binance/connections/1",
        frames: [tradeFrame(1)],
        receivedAt: [1],
        bytes: 1,
      }
      parse([{ ...batch, route: "linear" }, batch])
      assert.deepStrictEqual(
        [routes, rejected],
        [
          ["linear", undefined],
          ["linear", undefined],
        ],
      )
    }),
  )

  live(
    "may have been a change of any unnumbered book of its connection, unless it says to be of a kind that is none of ours",
    inMemory,
    Effect.gen(function* () {
      const venue = makeCoinbase()
      const book = streamOf(venue, "depth")
      const parse = makeParser({
        venue,
        metrics: (yield* Metrics).venue("coinbase"),
        onControl: () => {},
        onReject: () => {},
        booksOn: (connection) => (connection === "coinbase/connections/1" ? [book] : []),
      })
      const interruptedBy = (text: string) =>
        parse([
          {
            connection: "coinbase/connections/1",
            frames: [Buffer.from(text)],
            receivedAt: [1],
            bytes: text.length,
          },
        ]).flatMap((each) => (each.kind === "interrupted" ? each.interruption.interrupted : []))
      const changes = `"product_id":"BTC-USD","changes":[["buy","1.00","2.00000000"]]`
      for (const text of ["", "{", "[]", `{"type":null,${changes}}`, `{"type":"seven",${changes}}`])
        assert.deepStrictEqual(interruptedBy(text), [book], text)
      assert.deepStrictEqual(interruptedBy(`{"type":"auction","product_id":"BTC-USD"}`), [])
    }),
  )

  const poisoned = (venue: Venue, throws: (frame: Buffer, call: number) => boolean) => {
    const calls = new Map<string, number>()
    const decode: Decode = (frame, receivedAt, output) => {
      const text = frame.bytes.toString()
      const call = (calls.get(text) ?? 0) + 1
      calls.set(text, call)
      if (throws(frame.bytes, call)) {
        // It was in the middle of something.
        output.controls.push({ kind: "pong" })
        output.skips.push("off_book")
        venue.decode(frameOf(tradeFrame(999)), receivedAt, output)
        throw new Error("a bug in the decoder")
      }
      venue.decode(frame, receivedAt, output)
    }
    return { venue: { ...venue, decode }, calls }
  }

  live(
    "is quarantined after three attempts where the decoder throws, and its siblings come out",
    inMemory,
    Effect.gen(function* () {
      const { venue, calls } = poisoned(makeBinance(), (frame) => frame.includes("poison"))
      const { feed, stop, envelopes } = yield* running(venue)
      const frames = Array.from({ length: 3000 }, (_, index) =>
        index % 100 === 50 ? Buffer.from(`{"poison":${index}}`) : tradeFrame(index),
      )
      yield* feed(frames)
      const { rejected, control } = yield* stop
      assert.deepStrictEqual([rejected, control], [{ decoder_threw: 30 }, 0])
      const trades = envelopes.filter(({ type }) => type === "trade")
      assert.strictEqual(trades.length, 2970)
      assert.strictEqual(envelopes.length - trades.length, 30, "each is a gap as well")
      assert.isFalse(trades.some(({ key }) => key === "999" && !frames[999]!.includes("trade")))
      assert.strictEqual(new Set(trades.map(({ key }) => key)).size, 2970)
      for (const [text, count] of calls) assert.strictEqual(count, text.includes("poison") ? 3 : 1)
      const letters = yield* all()
      assert.strictEqual(letters.length, 30)
      for (const { reason, detail, attempts, cause } of letters) {
        assert.deepStrictEqual([reason, detail, attempts], ["decoder_threw", "a bug in the decoder", 3])
        assert.match(cause ?? "", /at .*Parser\.test/)
      }
      const actors = yield* (yield* Actors).list
      assert.deepStrictEqual(
        actors.filter(({ restarts }) => restarts > 0),
        [],
      )
    }),
  )

  live(
    "is no frame that the decoder takes at the second or third attempt",
    inMemory,
    Effect.gen(function* () {
      const { venue } = poisoned(makeBinance(), (_, call) => call < 3)
      const { feed, stop, envelopes } = yield* running(venue)
      yield* feed([tradeFrame(1), tradeFrame(2)])
      const { rejected, decoded } = yield* stop
      assert.deepStrictEqual([rejected, decoded], [{}, 2])
      assert.deepStrictEqual(
        envelopes.map(({ key }) => key),
        ["1", "2"],
      )
      assert.deepStrictEqual(yield* all(), [])
    }),
  )

  live(
    "is a book's snapshot too, with its stream, also where its decoder throws",
    inMemory,
    Effect.gen(function* () {
      const made = makeBinance()
      const depth = made.depth!
      const rest = restSnapshots(depth)!
      const venue: Venue = {
        ...made,
        depth: {
          ...depth,
          snapshots: {
            ...rest,
            decode: (body, ...others) => {
              if (body.includes("poison")) throw new Error("a bug in the decoder")
              return rest.decode(body, ...others)
            },
          },
        },
      }
      const { inlet, feed, stop, envelopes } = yield* running(venue)
      const snapshotOf = streamOf(venue, "depth")
      for (const body of ["poison", "<html>"])
        yield* inlet.offer({ snapshotOf, body: Buffer.from(body), receivedAt: 1, levels: 5000 })
      yield* feed([tradeFrame(1)])
      yield* stop
      assert.strictEqual(envelopes.length, 1)
      assert.deepStrictEqual(
        (yield* all()).map(({ reason, attempts, stream }) => [reason, attempts, stream]),
        [
          ["decoder_threw", 3, snapshotOf.key],
          ["not_json", 1, snapshotOf.key],
        ],
      )
    }),
  )
})
