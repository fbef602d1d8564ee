import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Metric, References, type Scope } from "effect"
import { join } from "node:path"
import * as Files from "../../../layers/dead-letters/Files.ts"
import * as InMemory from "../../../layers/dead-letters/Memory.ts"
import * as MemoryJournal from "../../../layers/journal/Memory.ts"
import { DeadLetters, DeadLettersError, type LetterDraft } from "../../../services/DeadLetters.ts"
import { Journal } from "../../../services/Journal.ts"
import { catalog } from "../../../services/MetricCatalog.ts"
import { Metrics } from "../../../services/Metrics.ts"
import { makeQuarantine, type Quarantine } from "../../../src/collect/Quarantine.ts"
import { frameAccount, framesBalance } from "../../../src/collect/venue/Flow.ts"
import { makeVenueRuntime } from "../../../src/collect/venue/VenueRuntime.ts"
import type { Decode } from "../../../src/domain/Decoded.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import { parseDataType } from "../../../src/domain/DataType.ts"
import { makeBinance } from "../../../src/exchanges/binance/index.ts"
import { isRefusal, type Venue } from "../../../src/exchanges/Venue.ts"
import { Actors } from "../../../src/runtime/Actors.ts"
import { root, supervise } from "../../../src/runtime/Supervisor.ts"
import { all, draft } from "../../contract/DeadLetters.ts"
import { eventually, temporaryFolder } from "../../support/process.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"

const limits = { maxBytes: 64 << 20, maxLetters: 100_000, retentionMillis: 3_600_000 }

const services = Layer.mergeAll(
  MemoryJournal.layer({ capacityBytes: 64 << 20 }),
  Actors.layer,
  Metrics.layer,
).pipe(Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map())))

type Services = Journal | Actors | Metrics | DeadLetters | Scope.Scope

const live = (
  promise: string,
  store: Effect.Effect<Layer.Layer<DeadLetters>, never, Scope.Scope>,
  body: Effect.Effect<void, unknown, Services>,
) =>
  it.live(promise, () =>
    Effect.scoped(Effect.flatMap(store, (layer) => Effect.provide(body, Layer.merge(services, layer)))).pipe(
      Effect.provideService(References.MinimumLogLevel, "None"),
    ),
  )

const inMemory = Effect.succeed(InMemory.layer(limits))
const inFiles = Effect.map(temporaryFolder, (folder) =>
  Files.layer({ ...limits, path: join(folder, "dead") }).pipe(Layer.provide(NodeServices.layer)),
)

const tradeFrame = (id: number, change: object = {}): Buffer =>
  Buffer.from(
    JSON.stringify({
      stream: "btcusdt@trade",
      data: {
        e: "trade",
        E: 1700000000000 + id,
        s: "BTCUSDT",
        t: id,
        p: "1.50",
        q: "2",
        T: 1700000000000 + id,
        m: true,
        M: true,
        ...change,
      },
    }),
  )

const streamOf = (venue: Venue, word: string) => {
  const instrument = venue.instrument("BTC-USDT")
  const stream = isRefusal(instrument) ? instrument : venue.stream(parseDataType(word)!, instrument)
  if (isRefusal(stream)) throw new Error(stream.refused)
  return stream
}

/** A venue's own tree without sockets, and what comes out of it. */
const running = Effect.fnUntraced(function* (venue: Venue) {
  const journal = yield* Journal
  const reader = yield* journal.reader("test", "latest")
  const envelopes: Array<Envelope> = []
  yield* Effect.forkScoped(
    Effect.forever(
      Effect.gen(function* () {
        const batch = yield* reader.take(4096)
        envelopes.push(...batch.envelopes)
        yield* reader.commit(batch.next)
      }),
    ),
  )
  const quarantine = yield* makeQuarantine
  const runtime = yield* makeVenueRuntime({
    venue,
    wsEndpoint: venue.wsEndpoint,
    restEndpoint: venue.restEndpoint,
    proxy: undefined,
    settings: {
      max: 1,
      streamsPerConnection: 1,
      reconnectDelay: 1000,
      maxReconnectDelay: 1000,
      heartbeatInterval: 30_000,
    },
    sources: { stream: "stream", rest: "rest" },
    recordedSnapshots: new Map(),
    quarantine,
  })
  runtime.admit(streamOf(venue, "trade"))
  runtime.admit(streamOf(venue, "depth"))
  const tree = yield* Effect.forkScoped(
    root("test", (self) =>
      supervise(self, {}, [
        { id: "dead-letters", run: quarantine.run },
        { id: "venue", run: runtime.runReplay },
      ]),
    ),
  )
  const inlet = yield* runtime.inlet
  const feed = (frames: ReadonlyArray<Buffer>) =>
    Effect.gen(function* () {
      for (let from = 0; from < frames.length; from += 512) {
        const some = frames.slice(from, from + 512)
        yield* inlet.offer({
          connection: "binance/connections/1",
          frames: some,
          receivedAt: some.map((_, index) => 1_700_000_000_000 + from + index),
          bytes: some.reduce((sum, frame) => sum + frame.length, 0),
        })
      }
    })
  /** Stops in order: everything that was fed is through. */
  const stop = Effect.gen(function* () {
    yield* Fiber.interrupt(tree)
    const account = frameAccount(runtime.metrics, runtime.flow)
    assert.isTrue(framesBalance(account))
    const { accepted } = yield* journal.status
    yield* eventually(
      "everything is read",
      Effect.sync(() => (envelopes.length === accepted ? true : undefined)),
    )
    return account
  })
  return { runtime, inlet, feed, stop, envelopes }
})

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

  const poisoned = (venue: Venue, throws: (frame: Buffer, call: number) => boolean) => {
    const calls = new Map<string, number>()
    const decode: Decode = (frame, receivedAt, output) => {
      const text = frame.toString()
      const call = (calls.get(text) ?? 0) + 1
      calls.set(text, call)
      if (throws(frame, call)) {
        // It was in the middle of something.
        output.controls.push({ kind: "pong" })
        output.skips.push("off_book")
        venue.decode(tradeFrame(999), receivedAt, output)
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
      assert.strictEqual(envelopes.length, 2970)
      assert.isFalse(envelopes.some(({ key }) => key === "999" && !frames[999]!.includes("trade")))
      assert.strictEqual(new Set(envelopes.map(({ key }) => key)).size, 2970)
      for (const [text, count] of calls) assert.strictEqual(count, text.includes("poison") ? 3 : 1)
      const letters = yield* all()
      assert.strictEqual(letters.length, 30)
      for (const { reason, detail, attempts, cause } of letters) {
        assert.deepStrictEqual([reason, detail, attempts], ["decoder_threw", "a bug in the decoder", 3])
        assert.match(cause ?? "", /at .*Quarantine\.test/)
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
      const venue: Venue = {
        ...made,
        depth: {
          ...depth,
          decode: (body, ...rest) => {
            if (body.includes("poison")) throw new Error("a bug in the decoder")
            return depth.decode(body, ...rest)
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

describe("the quarantine", () => {
  const store = (put: DeadLetters["Service"]["put"]) =>
    DeadLetters.of({
      put,
      list: () => Effect.die("not asked"),
      get: () => Effect.die("not asked"),
      status: Effect.succeed({ letters: 0, bytes: 0, evicted: 0 }),
    })

  const full = new DeadLettersError({ path: "somewhere", detail: "cannot write them: ENOSPC" })

  const started = (quarantine: Quarantine) =>
    Effect.gen(function* () {
      const actors = yield* Actors
      const tree = yield* Effect.forkScoped(
        root("test", (self) => supervise(self, {}, [{ id: "dead-letters", run: quarantine.run }])),
      )
      const state = Effect.map(
        actors.list,
        (list) => list.find(({ path }) => path.endsWith("letters"))?.state,
      )
      const comes = (wanted: string) =>
        eventually(
          wanted,
          Effect.map(state, (is) => (is === wanted ? true : undefined)),
        )
      yield* comes("running")
      return { tree, comes }
    })

  live(
    "waits for a disk that is full, and keeps everything once there is room",
    inMemory,
    Effect.gen(function* () {
      let room = false
      const kept: Array<string> = []
      const put = (letters: ReadonlyArray<LetterDraft>) =>
        Effect.suspend(() => {
          if (!room) return Effect.fail(full)
          kept.push(...letters.map(({ detail }) => detail))
          return Effect.void
        })
      const quarantine = yield* makeQuarantine.pipe(Effect.provideService(DeadLetters, store(put)))
      const { comes } = yield* started(quarantine)
      for (let number = 0; number < 10; number++) quarantine.add(draft(number))
      yield* comes("degraded")
      for (let number = 10; number < 20; number++) quarantine.add(draft(number))
      room = true
      yield* comes("running")
      yield* eventually(
        "all are kept",
        Effect.sync(() => (kept.length === 20 ? true : undefined)),
      )
      assert.deepStrictEqual(
        kept,
        Array.from({ length: 20 }, (_, number) => `number ${number}`),
      )
      assert.strictEqual((yield* Metrics).series.sum(catalog.deadLettersLost), 0)
    }),
  )

  live(
    "never holds up who adds: what does not fit meanwhile is counted as lost, and so is what the stop cannot keep",
    inMemory,
    Effect.gen(function* () {
      const entered = yield* Deferred.make<void>()
      const release = yield* Deferred.make<void>()
      let kept = 0
      const put = (letters: ReadonlyArray<LetterDraft>) =>
        Effect.gen(function* () {
          yield* Deferred.succeed(entered, undefined)
          yield* Deferred.await(release)
          if (kept > 0) return yield* full
          kept += letters.length
        })
      const quarantine = yield* makeQuarantine.pipe(Effect.provideService(DeadLetters, store(put)))
      const { tree } = yield* started(quarantine)
      quarantine.add(draft(0))
      yield* Deferred.await(entered)
      const bytes = Buffer.alloc(1 << 20)
      const added = 30
      for (let number = 0; number < added; number++) quarantine.add(draft(number, { bytes }))
      const { series } = yield* Metrics
      const overflow = series.sum(catalog.deadLettersLost)
      assert.isAtLeast(overflow, added - 8)
      yield* Deferred.succeed(release, undefined)
      yield* Fiber.interrupt(tree)
      quarantine.add(draft(1))
      assert.deepStrictEqual(
        series
          .values(catalog.deadLettersLost)
          .map(([tags, count]) => [tags.cause, count])
          .sort(),
        [
          ["overflow", overflow],
          ["stopped", added - overflow + 1],
        ],
      )
      assert.strictEqual(kept, 1)
    }),
  )
})
