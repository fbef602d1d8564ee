import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import * as Mailbox from "../../../src/runtime/Mailbox.ts"

const bounded = (items: number, bytes = 1_000_000) => ({ name: "test", capacity: { items, bytes } })
const text = { sizeOf: (message: string) => message.length }

const drain = <A>(mailbox: Mailbox.Mailbox<A>) =>
  Effect.gen(function* () {
    const all: Array<A> = []
    yield* Effect.forever(
      Effect.map(mailbox.takeAll, (batch) => {
        all.push(...batch)
      }),
    ).pipe(Effect.ignore)
    return all
  })

const isDone = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isFailure(exit) &&
  exit.cause.reasons.some((reason) => Cause.isFailReason(reason) && Cause.isDone(reason.error))

describe("a mailbox", () => {
  it.effect("delivers in order, one by one or all at once", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<number>(bounded(10))
      for (const n of [1, 2, 3, 4]) assert.strictEqual(mailbox.offerUnsafe(n), "taken")
      assert.strictEqual(yield* mailbox.take, 1)
      assert.deepStrictEqual(yield* mailbox.takeAll, [2, 3, 4])
      assert.deepInclude(mailbox.stats(), {
        offered: 4,
        taken: 4,
        dropped: 0,
        items: 0,
        bytes: 0,
        highWaterItems: 4,
      })
    }),
  )

  it.effect("keeps order through thousands of messages that come and go", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<number>({ ...bounded(5_000), sizeOf: (n) => n % 7 })
      let next = 0
      let expected = 0
      for (let round = 0; round < 2_000; round++) {
        for (let i = 0; i < 5; i++) mailbox.offerUnsafe(next++)
        for (let i = 0; i < 3; i++) assert.strictEqual(yield* mailbox.take, expected++)
      }
      const waiting = Array.from({ length: next - expected }, (_, i) => (expected + i) % 7)
      assert.strictEqual(
        mailbox.stats().bytes,
        waiting.reduce((sum, size) => sum + size, 0),
      )
      const rest = yield* mailbox.takeAll
      assert.deepStrictEqual(
        rest,
        Array.from({ length: next - expected }, (_, i) => expected + i),
      )
    }),
  )

  it.effect("wakes the one who waits to take", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<number>(bounded(1))
      const taker = yield* Effect.forkChild(mailbox.take, { startImmediately: true })
      mailbox.offerUnsafe(7)
      assert.strictEqual(yield* Fiber.join(taker), 7)
    }),
  )

  it.effect("wakes every taker that there is a message for", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<number>(bounded(8))
      const takers = yield* Effect.forEach([1, 2, 3], () =>
        Effect.forkChild(mailbox.take, { startImmediately: true }),
      )
      mailbox.offerUnsafe(1)
      mailbox.offerUnsafe(2)
      mailbox.offerUnsafe(3)
      assert.deepStrictEqual(yield* Effect.forEach(takers, Fiber.join), [1, 2, 3])
    }),
  )

  it.effect("is full by items", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<number>(bounded(2))
      assert.deepStrictEqual([1, 2, 3].map(mailbox.offerUnsafe), ["taken", "taken", "full"])
      assert.strictEqual(mailbox.stats().offered, 2)
    }),
  )

  it.effect("is full by bytes, and admits what is larger than all of it alone", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<string>({ ...bounded(100, 10), ...text })
      assert.deepStrictEqual(["12345", "12345", "1"].map(mailbox.offerUnsafe), ["taken", "taken", "full"])
      yield* mailbox.takeAll
      assert.deepStrictEqual(["x".repeat(50), "1"].map(mailbox.offerUnsafe), ["taken", "full"])
      assert.strictEqual(mailbox.stats().bytes, 50)
    }),
  )

  it.effect("lets waiting offers in first come first served, a small one not past a large one", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<string>({ ...bounded(100, 10), ...text })
      mailbox.offerUnsafe("1234567")
      const large = yield* Effect.forkChild(mailbox.offer("abcdef"), { startImmediately: true })
      const small = yield* Effect.forkChild(mailbox.offer("z"), { startImmediately: true })
      assert.strictEqual(mailbox.offerUnsafe("y"), "full")
      assert.strictEqual(mailbox.stats().waitingOffers, 2)
      assert.deepStrictEqual(yield* mailbox.takeAll, ["1234567"])
      assert.isTrue(yield* Fiber.join(large))
      assert.isTrue(yield* Fiber.join(small))
      assert.deepStrictEqual(yield* mailbox.takeAll, ["abcdef", "z"])
    }),
  )

  it.effect("lets in also who offers again at once, as long as there is room", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<string>(bounded(3))
      for (const message of ["1", "2", "3"]) mailbox.offerUnsafe(message)
      yield* Effect.forkChild(Effect.andThen(mailbox.offer("a"), mailbox.offer("aa")), {
        startImmediately: true,
      })
      yield* Effect.forkChild(mailbox.offer("b"), { startImmediately: true })
      yield* mailbox.takeAll
      for (let i = 0; i < 5; i++) yield* Effect.yieldNow
      assert.strictEqual(mailbox.stats().waitingOffers, 0)
      assert.deepStrictEqual(yield* mailbox.takeAll, ["a", "b", "aa"])
    }),
  )

  it.effect("takes an interrupted offer back whole, and lets in the one behind it", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<string>({ ...bounded(100, 10), ...text })
      mailbox.offerUnsafe("1234567")
      const large = yield* Effect.forkChild(mailbox.offer("abcdef"), { startImmediately: true })
      const small = yield* Effect.forkChild(mailbox.offer("z"), { startImmediately: true })
      yield* Fiber.interrupt(large)
      assert.isTrue(yield* Fiber.join(small))
      assert.deepStrictEqual(yield* mailbox.takeAll, ["1234567", "z"])
      assert.deepInclude(mailbox.stats(), { offered: 2, taken: 2, waitingOffers: 0 })
    }),
  )

  it.effect("loses nothing when one who waits to take is interrupted", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<number>(bounded(4))
      const first = yield* Effect.forkChild(mailbox.take, { startImmediately: true })
      const second = yield* Effect.forkChild(mailbox.take, { startImmediately: true })
      mailbox.offerUnsafe(1)
      // The wake of the first is on its way.
      yield* Fiber.interrupt(first)
      assert.strictEqual(yield* Fiber.join(second), 1)
    }),
  )

  it.effect("after its end refuses, delivers what is in it and who waits, then says Done", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<number>(bounded(1))
      mailbox.offerUnsafe(1)
      const waiting = yield* Effect.forkChild(mailbox.offer(2), { startImmediately: true })
      yield* mailbox.end
      assert.strictEqual(mailbox.offerUnsafe(3), "ended")
      assert.isFalse(yield* mailbox.offer(4))
      assert.strictEqual(yield* mailbox.take, 1)
      assert.strictEqual(yield* mailbox.take, 2)
      assert.isTrue(yield* Fiber.join(waiting))
      assert.isTrue(isDone(yield* Effect.exit(mailbox.take)))
    }),
  )

  it.effect("its end wakes those who wait to take", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<number>(bounded(1))
      const takers = yield* Effect.forEach([1, 2], () =>
        Effect.forkChild(mailbox.take, { startImmediately: true }),
      )
      yield* mailbox.end
      for (const taker of takers) assert.isTrue(isDone(yield* Fiber.await(taker)))
    }),
  )

  it.effect("after its end the interruption of the last waiting offer wakes the taker", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox.make<number>(bounded(1))
      mailbox.offerUnsafe(1)
      const waiting = yield* Effect.forkChild(mailbox.offer(2), { startImmediately: true })
      yield* mailbox.end
      yield* mailbox.take
      const taker = yield* Effect.forkChild(mailbox.take, { startImmediately: true })
      yield* Fiber.interrupt(waiting)
      assert.isTrue(isDone(yield* Fiber.await(taker)))
    }),
  )

  it.effect("two fibers that feed each other leave the event loop to others", () =>
    Effect.gen(function* () {
      const ping = yield* Mailbox.make<number>(bounded(1))
      const pong = yield* Mailbox.make<number>(bounded(1))
      let turns = 0
      const bounce = (from: Mailbox.Mailbox<number>, to: Mailbox.Mailbox<number>) =>
        Effect.forever(Effect.flatMap(from.take, (n) => (turns++, to.offer(n))))
      const players = [
        yield* Effect.forkChild(bounce(ping, pong)),
        yield* Effect.forkChild(bounce(pong, ping)),
      ]
      ping.offerUnsafe(1)
      for (let i = 0; i < 20; i++) yield* Effect.yieldNow
      yield* Fiber.interruptAll(players)
      assert.isAbove(turns, 2)
    }),
  )

  it.effect("refuses a capacity of nothing, and conflation without a key", () =>
    Effect.gen(function* () {
      for (const options of [
        bounded(0),
        bounded(1, 0),
        bounded(Number.NaN),
        { ...bounded(1), policy: "conflate" as const },
      ]) {
        const exit = yield* Effect.exit(Mailbox.make(options))
        assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof RangeError)
      }
    }),
  )
})

describe("a mailbox that does not block", () => {
  const dropping = (policy: Mailbox.MailboxPolicy, items: number, bytes: number) => {
    const dropped: Array<string> = []
    return Effect.map(
      Mailbox.make<string>({
        ...bounded(items, bytes),
        ...text,
        policy,
        keyOf: (message) => message.slice(0, 1),
        onDrop: (message) => dropped.push(message),
      }),
      (mailbox) => ({
        mailbox,
        dropped,
        offer: (...all: ReadonlyArray<string>) => all.map(mailbox.offerUnsafe),
      }),
    )
  }

  it.effect("drop_oldest: gives up the oldest, as many as the new one needs", () =>
    Effect.gen(function* () {
      const { mailbox, dropped, offer } = yield* dropping("drop_oldest", 3, 10)
      assert.deepStrictEqual(offer("aa", "bb", "cc", "dd", "eeeeeee"), Array(5).fill("taken"))
      assert.deepStrictEqual(dropped, ["aa", "bb", "cc"])
      assert.deepStrictEqual(yield* mailbox.takeAll, ["dd", "eeeeeee"])
      assert.deepInclude(mailbox.stats(), { offered: 5, dropped: 3, taken: 2 })
    }),
  )

  it.effect("drop_newest: gives up what comes", () =>
    Effect.gen(function* () {
      const { mailbox, dropped, offer } = yield* dropping("drop_newest", 2, 10)
      assert.deepStrictEqual(offer("aa", "bb", "cc"), Array(3).fill("taken"))
      assert.deepStrictEqual(dropped, ["cc"])
      assert.deepStrictEqual(yield* mailbox.takeAll, ["aa", "bb"])
      assert.deepInclude(mailbox.stats(), { offered: 3, dropped: 1, taken: 2 })
    }),
  )

  it.effect("conflate: the new message of a key takes the old one's place, the old one is counted", () =>
    Effect.gen(function* () {
      const { mailbox, dropped, offer } = yield* dropping("conflate", 3, 100)
      offer("a1", "b1", "a2", "c1", "a3")
      assert.deepStrictEqual(dropped, ["a1", "a2"])
      assert.deepStrictEqual(yield* mailbox.takeAll, ["a3", "b1", "c1"])
      assert.deepInclude(mailbox.stats(), { offered: 5, dropped: 2, taken: 3 })
    }),
  )

  it.effect(
    "conflate: a new key that does not fit gives up the oldest; a replacement that grew gives up others",
    () =>
      Effect.gen(function* () {
        const { mailbox, dropped, offer } = yield* dropping("conflate", 3, 10)
        offer("a1", "b1", "c1", "d1")
        assert.deepStrictEqual(dropped, ["a1"])
        offer("b22222222")
        assert.deepStrictEqual(dropped, ["a1", "b1", "c1", "d1"])
        assert.deepStrictEqual(yield* mailbox.takeAll, ["b22222222"])
      }),
  )

  it.effect("still delivers what is in it after its end", () =>
    Effect.gen(function* () {
      const { mailbox, offer } = yield* dropping("drop_oldest", 3, 10)
      offer("aa", "bb")
      yield* mailbox.end
      assert.deepStrictEqual(yield* drain(mailbox), ["aa", "bb"])
    }),
  )
})
