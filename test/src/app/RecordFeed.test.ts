import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { RecordFeed } from "../../../src/app/RecordFeed.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import type { MarketRecord } from "../../../src/domain/Record.ts"
import { testEnvelopes, testStream } from "../../support/envelopes.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"

const stream = testStream({})

/** A sink's batches; `asked` counts how often the next one was asked for. */
const makeSource = (sizes: ReadonlyArray<number>) => {
  const batches: Array<ReadonlyArray<Envelope>> = []
  let first = 0
  for (const size of sizes) {
    batches.push(size === 0 ? [] : testEnvelopes([stream], first, size))
    first += size
  }
  const source = {
    asked: 0,
    total: first,
    next: (): Promise<IteratorResult<ReadonlyArray<Envelope>>> => {
      const value = batches[source.asked++]
      const answer =
        value === undefined ? { done: true as const, value: undefined } : { done: false as const, value }
      // Some wait, some are there at once.
      return source.asked % 2 === 0 ? Promise.resolve().then(() => answer) : Promise.resolve(answer)
    },
  }
  return source
}

const numberOf = (record: MarketRecord) => Number(record.type === "trade" ? record.data.tradeId : Number.NaN)

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

const randomSizes = (dice: Dice) => Array.from({ length: dice.int(20) }, () => dice.int(6))

describe("records for a loop", () => {
  it.effect("come all, each to who asked before, whenever they ask", () =>
    withSeeds(200, (dice) =>
      Effect.gen(function* () {
        const source = makeSource(randomSizes(dice))
        const iterator = new RecordFeed(source)[Symbol.asyncIterator]()
        const answers: Array<Promise<IteratorResult<MarketRecord, undefined>>> = []
        while (answers.length < source.total + 3) {
          answers.push(iterator.next())
          // Some ask together, some while others are being answered.
          for (let ticks = dice.int(4); ticks > 0; ticks--) yield* Effect.promise(() => Promise.resolve())
        }
        const got = yield* Effect.promise(() => Promise.all(answers))
        assert.deepStrictEqual(
          got.flatMap(({ done, value }) => (done === true ? [] : [numberOf(value)])),
          upTo(source.total),
        )
        assert.isTrue(got.slice(source.total).every(({ done }) => done))
      }),
    ),
  )

  it.effect("go on in the next loop where one was left", () =>
    withSeeds(100, (dice) =>
      Effect.gen(function* () {
        const source = makeSource(randomSizes(dice))
        const feed = new RecordFeed(source)
        const got: Array<number> = []
        const loop = async () => {
          for await (const record of feed) {
            got.push(numberOf(record))
            if (dice.chance(0.3)) break
          }
        }
        while (got.length < source.total) yield* Effect.promise(loop)
        assert.deepStrictEqual(got, upTo(source.total))
      }),
    ),
  )

  it("ask for the next batch only once the last record of this one is done with", async () => {
    const source = makeSource([2, 1])
    const iterator = new RecordFeed(source)[Symbol.asyncIterator]()
    assert.strictEqual(source.asked, 0)
    await iterator.next()
    await iterator.next()
    assert.strictEqual(source.asked, 1)
    await iterator.next()
    assert.strictEqual(source.asked, 2)
  })

  it.effect("are let go and counted once it is closing and no loop is open", () =>
    withSeeds(100, (dice) =>
      Effect.promise(async () => {
        const source = makeSource(randomSizes(dice))
        const feed = new RecordFeed(source)
        let read = 0
        const closeAfter = dice.int(source.total + 1)
        const leaveAfter = dice.int(source.total + 1)
        if (closeAfter === 0) feed.closing()
        for await (const _ of feed) {
          read++
          if (read === closeAfter) feed.closing()
          if (read >= leaveAfter) break
        }
        feed.closing()
        assert.strictEqual(read + (await feed.closed()), source.total)
      }),
    ),
  )

  it("are not let go while a loop is open, however long it takes", async () => {
    const feed = new RecordFeed(makeSource([3, 3]))
    let read = 0
    for await (const _ of feed) {
      if (++read === 1) feed.closing()
      assert.strictEqual(await feed.closed(), 0)
    }
    assert.strictEqual(read, 6)
  })

  it.effect("come whole to a loop that begins right after it is closing", () =>
    withSeeds(20, (dice) =>
      Effect.promise(async () => {
        const source = makeSource(randomSizes(dice))
        const feed = new RecordFeed(source)
        feed.closing()
        const got: Array<number> = []
        for await (const record of feed) got.push(numberOf(record))
        assert.deepStrictEqual(got, upTo(source.total))
      }),
    ),
  )

  it("end with the failure, after what there was", async () => {
    const feed = new RecordFeed(makeSource([2]))
    const failure = new Error("gave up")
    feed.fail(failure)
    let read = 0
    const loop = async () => {
      for await (const _ of feed) read++
    }
    const error = () => loop().catch((each: unknown) => each)
    assert.strictEqual(await error(), failure)
    assert.strictEqual(await error(), failure)
    assert.strictEqual(read, 2)
  })
})
