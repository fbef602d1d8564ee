import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, Option, type Scope } from "effect"
import { TestClock } from "effect/testing"
import {
  DeadLetters,
  type DeadLettersLimits,
  type Letter,
  type LetterDraft,
  type LetterQuery,
} from "../../services/DeadLetters.ts"
import { type Dice, withSeeds } from "../support/seed.ts"

const stages = ["decode", "sink"] as const
const reasons = ["not_json", "bad_field", "decoder_threw", "too_large"]

/** Any letter that the product might write, and some that it never would. */
export const someDraft = (dice: Dice): LetterDraft => {
  const bytes = Buffer.from(Array.from({ length: dice.int(200) }, () => dice.int(256)))
  return {
    stage: dice.pick(stages),
    venue: dice.pick(["binance", "binance-usdm"]),
    reason: dice.pick(reasons),
    detail: dice.pick([
      "",
      "data.p: a plain decimal, got true",
      'line\nbreak, "quotes", \u0000 and 币安 \ud800',
    ]),
    attempts: 1 + dice.int(3),
    receivedAt: 1_700_000_000_000 + dice.int(1000) / 1000,
    bytes,
    ...(dice.chance(0.5) ? { connection: "binance/connections/1" } : {}),
    ...(dice.chance(0.5) ? { sink: dice.pick(["kafka", "files"]), position: dice.int(2 ** 40) } : {}),
    ...(dice.chance(0.3) ? { stream: "binance:trade:BTC-USDT" } : {}),
    ...(dice.chance(0.3) ? { cause: "Error: a bug\n    at decode" } : {}),
  }
}

export const draft = (number: number, change: Partial<LetterDraft> = {}): LetterDraft => ({
  stage: "decode",
  venue: "binance",
  reason: "not_json",
  detail: `number ${number}`,
  attempts: 1,
  receivedAt: number,
  bytes: Buffer.from(`frame ${number}`),
  ...change,
})

const plain = ({ bytes, ...letter }: LetterDraft | Letter) => ({
  ...letter,
  // JSON has no lone surrogate: what could never come off a wire is replaced.
  detail: letter.detail.toWellFormed(),
  bytes: Buffer.from(bytes).toString("hex"),
})

/** Every letter there is, page by page. */
export const all = Effect.fnUntraced(function* (query: Partial<LetterQuery> = {}) {
  const store = yield* DeadLetters
  const letters: Array<Letter> = []
  let cursor: number | undefined
  do {
    const page = yield* store.list({ order: "oldest", limit: 7, ...query, cursor })
    assert.isAtMost(page.letters.length, query.limit ?? 7)
    letters.push(...page.letters)
    cursor = page.next
  } while (cursor !== undefined)
  return letters
})

const wide: DeadLettersLimits = { maxBytes: 10_000_000, maxLetters: 100_000, retentionMillis: 3_600_000 }

export interface DeadLettersContract {
  readonly name: string
  /** An empty store. */
  readonly make: (limits: DeadLettersLimits) => Effect.Effect<Layer.Layer<DeadLetters>, unknown, Scope.Scope>
}

/** Every store of dead letters promises this. */
export const deadLettersContract = ({ name, make }: DeadLettersContract): void => {
  describe(`${name} as a store of dead letters`, () => {
    const promise = (
      what: string,
      limits: DeadLettersLimits,
      body: Effect.Effect<void, unknown, DeadLetters>,
    ) =>
      it.effect(what, () =>
        Effect.scoped(Effect.flatMap(make(limits), (layer) => Effect.provide(body, layer))),
      )

    it.effect("gives back what was put, field by field and byte for byte, in order and numbered", () =>
      withSeeds(5, (dice) =>
        Effect.scoped(
          Effect.gen(function* () {
            const layer = yield* make(wide)
            yield* Effect.gen(function* () {
              const store = yield* DeadLetters
              const drafts = Array.from({ length: 1 + dice.int(60) }, () => someDraft(dice))
              yield* TestClock.adjust(1 + dice.int(1000))
              const at = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
              for (let from = 0; from < drafts.length;) {
                const to = from + 1 + dice.int(20)
                yield* store.put(drafts.slice(from, to))
                from = to
              }
              const expected = drafts.map((each, index) => ({ ...plain(each), sequence: index + 1, at }))
              assert.deepStrictEqual((yield* all()).map(plain), expected)
              assert.deepStrictEqual((yield* all({ order: "newest" })).map(plain), expected.toReversed())
              const one = yield* store.get(drafts.length)
              assert.deepStrictEqual(Option.map(one, plain), Option.some(expected.at(-1)!))
              for (const absent of [0, drafts.length + 1])
                assert.isTrue(Option.isNone(yield* store.get(absent)))
              const { letters, evicted, bytes } = yield* store.status
              assert.deepStrictEqual({ letters, evicted }, { letters: drafts.length, evicted: 0 })
              assert.isAbove(bytes, 0)
            }).pipe(Effect.provide(layer))
          }),
        ).pipe(Effect.orDie),
      ),
    )

    promise(
      "lists by stage, venue, sink and reason, also over many pages",
      wide,
      Effect.gen(function* () {
        const store = yield* DeadLetters
        const drafts = Array.from({ length: 90 }, (_, index) =>
          draft(index, {
            stage: index % 2 === 0 ? "decode" : "sink",
            venue: index % 3 === 0 ? "binance" : "okx",
            reason: index % 5 === 0 ? "not_json" : "too_large",
            ...(index % 2 === 0 ? {} : { sink: index % 4 === 1 ? "kafka" : "files" }),
          }),
        )
        yield* store.put(drafts)
        const numbers = (query: Partial<LetterQuery>) =>
          Effect.map(all(query), (letters) => letters.map(({ sequence }) => sequence - 1))
        const where = (holds: (index: number) => boolean) => drafts.map((_, index) => index).filter(holds)
        assert.deepStrictEqual(
          yield* numbers({ stage: "sink" }),
          where((index) => index % 2 === 1),
        )
        assert.deepStrictEqual(
          yield* numbers({ sink: "kafka" }),
          where((index) => index % 4 === 1),
        )
        assert.deepStrictEqual(
          yield* numbers({ venue: "binance", reason: "not_json", order: "newest" }),
          where((index) => index % 15 === 0).toReversed(),
        )
        assert.deepStrictEqual(yield* numbers({ venue: "nobody" }), [])
      }),
    )

    promise(
      "keeps no more letters than it may, the newest, and counts those that went",
      { ...wide, maxLetters: 64 },
      Effect.gen(function* () {
        const store = yield* DeadLetters
        for (let first = 0; first < 300; first += 10)
          yield* store.put(Array.from({ length: 10 }, (_, index) => draft(first + index)))
        const kept = yield* all()
        const { letters, evicted } = yield* store.status
        assert.isAtMost(kept.length, 64)
        assert.isAtLeast(kept.length, 48)
        assert.strictEqual(letters, kept.length)
        assert.strictEqual(evicted, 300 - kept.length)
        assert.deepStrictEqual(
          kept.map(({ sequence }) => sequence),
          Array.from({ length: kept.length }, (_, index) => 301 - kept.length + index),
        )
      }),
    )

    promise(
      "keeps no more bytes than it may, and takes a letter beyond all bounds without keeping it",
      { ...wide, maxBytes: 65_536 },
      Effect.gen(function* () {
        const store = yield* DeadLetters
        for (let number = 0; number < 100; number++) {
          yield* store.put([draft(number, { bytes: Buffer.alloc(3000, number) })])
          assert.isAtMost((yield* store.status).bytes, 65_536)
        }
        const kept = yield* all()
        assert.isAtLeast(kept.length, 8)
        assert.strictEqual(kept.at(-1)!.bytes[0], 99)
        assert.strictEqual((yield* store.status).evicted, 100 - kept.length)
        yield* store.put([draft(100, { bytes: Buffer.alloc(70_000) })])
        assert.strictEqual((yield* store.status).evicted, 101 - (yield* all()).length)
      }),
    )

    promise(
      "keeps nothing beyond its time",
      { ...wide, retentionMillis: 1000 },
      Effect.gen(function* () {
        const store = yield* DeadLetters
        yield* store.put([draft(1)])
        yield* TestClock.adjust(800)
        yield* store.put([draft(2)])
        assert.strictEqual((yield* all()).length, 2)
        yield* TestClock.adjust(800)
        assert.deepStrictEqual(
          (yield* all()).map(({ sequence }) => sequence),
          [2],
        )
        yield* TestClock.adjust(10_000)
        assert.deepStrictEqual(yield* all(), [])
        assert.isTrue(Option.isNone(yield* store.get(2)))
        yield* store.put([draft(3)])
        yield* TestClock.adjust(500)
        yield* store.put([draft(4)])
        assert.deepStrictEqual(
          (yield* all()).map(({ sequence }) => sequence),
          [3, 4],
        )
        assert.strictEqual((yield* store.status).evicted, 2)
      }),
    )

    promise(
      "holds bytes of its own: who gave them may use the buffer again",
      wide,
      Effect.gen(function* () {
        const store = yield* DeadLetters
        const bytes = Buffer.from("as it was")
        yield* store.put([draft(1, { bytes })])
        bytes.fill(0)
        assert.strictEqual(Buffer.from((yield* all())[0]!.bytes).toString(), "as it was")
      }),
    )
  })
}
