import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  type Item,
  makeHandover,
  maxHeld,
  maxHeldBytes,
} from "../../../../src/collect/connections/Handover.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import { makeBinance } from "../../../../src/exchanges/binance/index.ts"
import { type Dice, withSeeds } from "../../../support/seed.ts"
import { streamOf } from "../../../support/venueBench.ts"

const venue = makeBinance()

/** Events of a stream in the order in which the exchange has them. */
const eventsOf = (word: string, count: number, dice: Dice): ReadonlyArray<Decoded> => {
  const stream = streamOf(venue, word)
  let id = 1_000
  return Array.from({ length: count }, (_, n) => {
    id += word === "trade" ? 1 : 1 + dice.int(5)
    const isDelta = word === "depth"
    const hasSequence = word === "trade" || isDelta
    const timestamp = 1_700_000_000_000 + n * 10
    const closed = n % 5 === 4
    const keys: Record<string, string> = {
      bbo: String(id),
      kline_1m: closed ? `1m:${n}:closed` : `1m:${n}:${timestamp}`,
      ticker: String(timestamp),
    }
    return {
      stream,
      type: stream.dataType.type,
      key: keys[word] ?? String(id),
      timestamp: word === "bbo" ? 0 : timestamp,
      receivedAt: timestamp + 3.5,
      data: "{}",
      first: hasSequence ? id : -1,
      last: hasSequence ? id : -1,
      previous: -1,
    }
  })
}

/** Two sockets carry the events: the old one from the start, the new one from some event on, each in its own time. */
const interleaved = (events: ReadonlyArray<Decoded>, dice: Dice) => {
  const first = dice.int(events.length)
  const sockets = [
    { origin: "old", next: 0 },
    { origin: "new", next: first },
  ]
  const lag = dice.pick([0.1, 0.5, 0.9])
  const steps: Array<readonly [string, Decoded]> = []
  // The new one is subscribed while the old one is about there, a little before or behind.
  const begins = Math.max(0, first - dice.int(20))
  while (sockets.some(({ next }) => next < events.length)) {
    const [old, young] = sockets as [(typeof sockets)[0], (typeof sockets)[0]]
    const socket =
      old.next < begins || young.next >= events.length
        ? old
        : old.next >= events.length || dice.chance(lag)
          ? young
          : old
    steps.push([socket.origin, events[socket.next]!])
    socket.next++
  }
  return steps
}

/** What goes on; the same record at the same place is the continuity's to drop. */
const run = (steps: ReadonlyArray<readonly [string, Item]>) => {
  const handover = makeHandover("old", "new")
  const given: Array<Item> = []
  const give = (item: Item) => {
    if (given.at(-1) !== item) given.push(item)
  }
  return {
    handover,
    given,
    give,
    feed: () => steps.forEach(([origin, item]) => handover.take(origin, item, give)),
  }
}

const words = ["trade", "depth", "bbo", "kline_1m", "ticker"]

describe("a handover", () => {
  it.effect("makes one stream of two sockets: everything once, in order, whichever is ahead", () =>
    withSeeds(200, (dice) =>
      Effect.sync(() => {
        const events = eventsOf(dice.pick(words), 5 + dice.int(100), dice)
        const { handover, given, give, feed } = run(interleaved(events, dice))
        feed()
        handover.release("all", give)
        assert.deepStrictEqual(given, [...events])
      }),
    ),
  )

  it.effect("loses nothing of an aligned stream when either socket ends in the middle", () =>
    withSeeds(200, (dice) =>
      Effect.sync(() => {
        const events = eventsOf(dice.pick(words), 20 + dice.int(100), dice)
        const steps = interleaved(events, dice)
        const dead = dice.pick(["old", "new"])
        const { handover, given, give } = run([])
        const endsAt = dice.int(steps.length)
        let isDead = false
        for (const [index, [origin, item]] of steps.entries()) {
          // The new socket may end at any time, the old one once the stream is aligned.
          const mayEnd = dead === "new" || handover.moveOf(item.stream)?.aligned === true
          isDead ||= index >= endsAt && mayEnd
          if (!isDead || origin !== dead) handover.take(origin, item, give)
        }
        assert.deepStrictEqual(given, [...events])
      }),
    ),
  )

  it("keeps places without a record in their order", () => {
    const [one, two, three] = eventsOf("trade", 3, { int: () => 0 } as unknown as Dice) as [
      Decoded,
      Decoded,
      Decoded,
    ]
    const { stream, first, last, timestamp, receivedAt } = two
    const skipped = { stream, first, last, timestamp, receivedAt }
    const { given, feed } = run([
      ["old", one],
      ["new", skipped],
      ["new", three],
      ["old", skipped],
      ["old", three],
    ])
    feed()
    assert.deepStrictEqual(given, [one, skipped, three])
  })

  it("does not wait for an old socket that falls behind without end, neither in items nor in bytes", () => {
    const events = eventsOf("trade", maxHeld + 10, { int: () => 0 } as unknown as Dice)
    const many = run(events.map((event) => ["new", event]))
    many.feed()
    assert.strictEqual(many.given.length, events.length)
    const data = "x".repeat(1 << 20)
    const large = run(events.slice(0, 10).map((event) => ["new", { ...event, data }]))
    large.feed()
    assert.isAtMost((10 - large.given.length) * data.length, maxHeldBytes)
    assert.isAbove(large.given.length, 0)
  })

  it("hears a venue that counts anew", () => {
    const events = eventsOf("trade", 10, { int: () => 0 } as unknown as Dice)
    const later = events.map((event, n) => ({
      ...event,
      first: n + 1,
      last: n + 1,
      key: String(n + 1),
      timestamp: event.timestamp + 10_000,
    }))
    const both = [...events, ...later].flatMap((event) => [["old", event] as const, ["new", event] as const])
    const { given, feed } = run(both)
    feed()
    assert.strictEqual(given.filter((item) => later.includes(item as Decoded)).length, later.length)
  })
})
