import { assert, describe, it } from "@effect/vitest"
import {
  type DepthChain,
  type DepthOutcome,
  makeDepthChain,
  maxOlderMillis,
  maxWaiting,
  onDelta,
  onNoSnapshot,
  onSnapshot,
} from "../../../src/collect/DepthChain.ts"
import type { Decoded } from "../../../src/domain/Decoded.ts"
import type { Stream } from "../../../src/domain/Stream.ts"
import type { DepthRule } from "../../../src/exchanges/Venue.ts"

/** Spot's rule: ranges that touch. */
const rule: DepthRule = {
  numbered: true,
  snapshots: {
    kind: "rest",
    request: () => ({ path: "/depth", weight: 1, levels: 1000 }),
    decode: () => ({ reason: "bad_field", detail: "not asked" }),
  },
  join: (last, delta) => (delta.last <= last ? "contained" : delta.first <= last + 1 ? "next" : "gap"),
  follow: (last, delta) => (delta.last <= last ? "contained" : delta.first === last + 1 ? "next" : "gap"),
}

const stream = {} as Stream

const record = (first: number, last: number, key: string): Decoded => ({
  stream,
  type: "depth",
  key,
  timestamp: 1,
  receivedAt: 1,
  data: `{"first":${first}}`,
  first,
  last,
  previous: -1,
})

const delta = (first: number, last: number) => record(first, last, String(last))
const snapshot = (last: number) => record(-1, last, `snapshot:${last}`)

const keys = (outcome: DepthOutcome) => outcome.publish.map(({ key }) => key)

describe("DepthChain", () => {
  it("deltas wait for the snapshot, which is asked for once; those it contains are not published", () => {
    const chain = makeDepthChain(rule)
    const first = onDelta(chain, delta(1, 5))
    assert.deepStrictEqual([first.publish, first.wantsSnapshot], [[], true])
    assert.isFalse(onDelta(chain, delta(6, 8)).wantsSnapshot)
    onDelta(chain, delta(9, 12))
    const joined = onSnapshot(chain, snapshot(8))
    assert.deepStrictEqual(keys(joined), ["snapshot:8", "12"])
    assert.strictEqual(joined.contained, 2)
    assert.deepStrictEqual(keys(onDelta(chain, delta(13, 13))), ["13"])
  })

  it("a snapshot in the middle of a delta is joined by that delta", () => {
    const chain = makeDepthChain(rule)
    onDelta(chain, delta(1, 5))
    onDelta(chain, delta(6, 10))
    assert.deepStrictEqual(keys(onSnapshot(chain, snapshot(7))), ["snapshot:7", "10"])
  })

  it("a snapshot newer than all that waits is joined by what comes later", () => {
    const chain = makeDepthChain(rule)
    onDelta(chain, delta(1, 5))
    assert.deepStrictEqual(keys(onSnapshot(chain, snapshot(20))), ["snapshot:20"])
    assert.strictEqual(onDelta(chain, delta(6, 18)).contained, 1)
    assert.deepStrictEqual(keys(onDelta(chain, delta(19, 25))), ["25"])
  })

  it("a snapshot older than what waits is not published; another is asked for, and what waits still waits", () => {
    const chain = makeDepthChain(rule)
    onDelta(chain, delta(10, 12))
    const stale = onSnapshot(chain, snapshot(5))
    assert.deepStrictEqual([stale.publish, stale.wantsSnapshot, stale.stale], [[], true, true])
    assert.deepStrictEqual(keys(onSnapshot(chain, snapshot(11))), ["snapshot:11", "12"])
  })

  it("what still waits half a minute after the venue has counted anew holds up no snapshot", () => {
    const chain = makeDepthChain(rule)
    onDelta(chain, delta(1_000_000, 1_000_005))
    onDelta(chain, { ...delta(1, 3), receivedAt: 100 })
    const early = onSnapshot(chain, { ...snapshot(2), receivedAt: maxOlderMillis })
    assert.deepStrictEqual([early.publish, early.stale], [[], true], "the snapshot may be an old one")
    const late = onSnapshot(chain, { ...snapshot(2), receivedAt: maxOlderMillis + 1 })
    assert.deepStrictEqual(keys(late), ["snapshot:2", "3"])
    assert.strictEqual(late.superseded, 1)
  })

  it("a break asks for a new snapshot, and the delta that broke it waits", () => {
    const chain = makeDepthChain(rule)
    onDelta(chain, delta(1, 5))
    onSnapshot(chain, snapshot(5))
    const broken = onDelta(chain, delta(8, 9))
    assert.deepStrictEqual([broken.publish, broken.wantsSnapshot, broken.broken?.last], [[], true, 5])
    assert.isFalse(onDelta(chain, delta(10, 11)).wantsSnapshot)
    assert.deepStrictEqual(keys(onSnapshot(chain, snapshot(9))), ["snapshot:9", "11"])
  })

  it("a break among what waits publishes up to the break and asks again", () => {
    const chain = makeDepthChain(rule)
    for (const each of [delta(1, 5), delta(6, 8), delta(20, 22)]) onDelta(chain, each)
    const outcome = onSnapshot(chain, snapshot(5))
    assert.deepStrictEqual(keys(outcome), ["snapshot:5", "8"])
    assert.isTrue(outcome.wantsSnapshot)
    assert.deepStrictEqual(keys(onSnapshot(chain, snapshot(22))), ["snapshot:22"])
  })

  it("what comes twice is published once", () => {
    const chain = makeDepthChain(rule)
    onDelta(chain, delta(1, 5))
    onSnapshot(chain, snapshot(5))
    onDelta(chain, delta(6, 7))
    assert.deepStrictEqual([keys(onDelta(chain, delta(6, 7))), chain.last], [[], 7])
  })

  it("of deltas with a time for a number, what comes twice is published once, and another of the same time too", () => {
    const chain = makeDepthChain({
      ...rule,
      numbered: false,
      follow: (last, each) => (each.last < last ? "gap" : "next"),
    })
    onSnapshot(chain, snapshot(5))
    const came = [record(7, 7, "a"), record(7, 7, "a"), record(7, 7, "b"), record(7, 7, "b")]
    onDelta(chain, delta(6, 6))
    assert.deepStrictEqual(
      came.flatMap((each) => keys(onDelta(chain, each))),
      ["a", "b"],
    )
  })

  it("a book whose deltas are all older, and stay so, is fetched again; a snapshot that is only ahead is waited for", () => {
    const chain = makeDepthChain(rule)
    const at = (seconds: number, first: number, last: number) => ({
      ...delta(first, last),
      timestamp: seconds * 1000,
      receivedAt: seconds * 1000,
    })
    onDelta(chain, at(0, 901, 905))
    onSnapshot(chain, snapshot(1000))
    for (let second = 1; second < 25; second++)
      assert.strictEqual(onDelta(chain, at(second, 905 + second, 905 + second)).contained, 1)
    assert.deepStrictEqual(keys(onDelta(chain, at(25, 1001, 1002))), ["1002"], "the stream has caught up")
    let broken: DepthOutcome | undefined
    let second = 26
    for (let id = 1; broken === undefined && id < 100; id++, second++) {
      const outcome = onDelta(chain, at(second, id, id))
      if (outcome.contained === 0) broken = outcome
    }
    assert.strictEqual((second - 27) * 1000, maxOlderMillis)
    assert.isTrue(broken?.wantsSnapshot)
    assert.strictEqual(broken?.broken?.last, 1002)
    assert.strictEqual(chain.waiting.length, 1, "what may join the next snapshot is kept")
    assert.deepStrictEqual(keys(onSnapshot(chain, snapshot(30))), ["snapshot:30", "31"])
  })

  it("updates that come once more, or late, say nothing of a venue that counts anew, however long they do", () => {
    const chain = makeDepthChain(rule)
    const said = (first: number, last: number, receivedAt: number) => ({
      ...delta(first, last),
      timestamp: 1_700_000_000_000 + last,
      receivedAt,
    })
    onDelta(chain, said(901, 905, 0))
    onSnapshot(chain, snapshot(904))
    for (let id = 906; id < 960; id++) onDelta(chain, said(id, id, 1000))
    for (let second = 1; second < 120; second++)
      assert.strictEqual(
        onDelta(chain, said(905 + (second % 50), 905 + (second % 50), second * 1000)).contained,
        1,
      )
    assert.deepStrictEqual(keys(onDelta(chain, said(960, 961, 120_000))), ["961"])
  })

  it("what waits is bounded, and what is given up is counted", () => {
    const chain = makeDepthChain(rule)
    let overflowed = 0
    for (let n = 1; n <= maxWaiting + 10; n++) overflowed += onDelta(chain, delta(n, n)).overflowed
    assert.deepStrictEqual([chain.waiting.length, overflowed], [maxWaiting, 10])
  })

  it("without any snapshot to come, what waits is published as it came", () => {
    const chain = makeDepthChain(rule)
    onDelta(chain, delta(3, 5))
    assert.deepStrictEqual(keys(onNoSnapshot(chain)), ["5"])
    assert.deepStrictEqual(keys(onDelta(chain, delta(6, 7))), ["7"])
  })

  it("whatever is lost, doubled or late, what is published is one unbroken chain from each snapshot on", () => {
    const seed = Number(process.env["MILLRACE_SEED"] ?? Math.floor(Math.random() * 2 ** 31))
    let state = seed
    const random = () => (state = (state * 48271) % 2147483647) / 2147483647
    for (let round = 0; round < 300; round++) {
      const chain: DepthChain = makeDepthChain(rule)
      let exchange = 0
      let joined: number | undefined
      let wanted = false
      const check = (outcome: DepthOutcome) => {
        wanted ||= outcome.wantsSnapshot
        for (const each of outcome.publish) {
          const isSnapshot = each.key.startsWith("snapshot")
          assert.isTrue(
            isSnapshot || (joined !== undefined && each.last > joined && each.first <= joined + 1),
            `seed ${seed}`,
          )
          joined = each.last
        }
      }
      for (let step = 0; step < 60; step++) {
        const first = exchange + 1
        exchange = first + Math.floor(random() * 4)
        const each = delta(first, exchange)
        if (random() < 0.9) check(onDelta(chain, each))
        if (random() < 0.1) check(onDelta(chain, each))
        if (wanted && random() < 0.4) {
          wanted = false
          check(onSnapshot(chain, snapshot(Math.max(0, exchange - Math.floor(random() * 12)))))
        }
      }
    }
  })
})
