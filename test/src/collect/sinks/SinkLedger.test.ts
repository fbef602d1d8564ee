import { assert, describe, it } from "@effect/vitest"
import { SinkLedger } from "../../../../src/collect/sinks/SinkLedger.ts"
import type { JournalBatch } from "../../../../services/Journal.ts"
import { testEnvelopes, testStream } from "../../../support/envelopes.ts"
import { freshSeed, makeDice } from "../../../support/seed.ts"

const stream = testStream({})

/** `count` envelopes that end before `next`, with `lost` positions among them that the disk lost. */
const batch = (next: number, count: number, lost = 0): JournalBatch => ({
  payload: 0,
  envelopes: testEnvelopes([stream], next - count, count),
  next,
  ...(lost === 0 ? {} : { lost, first: next - count }),
})

const seed = freshSeed()

const begun = (began: number, position: number): SinkLedger => {
  const ledger = new SinkLedger("a", "test")
  ledger.begin(began, position)
  return ledger
}

const balances = (ledger: SinkLedger, end: number): void => {
  const { accepted, deadLettered, delivered, dropped, waiting } = ledger.account(end)
  const others = Object.values(dropped).reduce((sum, each) => sum + each, 0)
  assert.strictEqual(accepted, delivered + deadLettered + others + waiting)
}

describe(`a sink's ledger (seed ${seed})`, () => {
  it("counts positions that the disk lost as dropped, each once", () => {
    const ledger = begun(0, 0)
    assert.strictEqual(ledger.settle(batch(10, 10), undefined), 0)
    assert.strictEqual(ledger.settle(batch(30, 15, 5), undefined), 5)
    // The same once more, after a failure.
    ledger.holds(10)
    assert.strictEqual(ledger.settle(batch(30, 15, 5), undefined), 0)
    assert.deepInclude(ledger.account(40), {
      accepted: 40,
      delivered: 25,
      dropped: { damaged: 5 },
      waiting: 10,
    })
  })

  it("says nothing before its cursor is there, however much another process had accepted", () => {
    const ledger = new SinkLedger("a", "test")
    assert.deepInclude(ledger.account(1_000), { accepted: 0, delivered: 0, waiting: 0 })
    ledger.begin(400, 900)
    assert.deepInclude(ledger.account(1_000), { accepted: 600, delivered: 500, waiting: 100 })
  })

  it("has less while the sink is given again what it could not make safe", () => {
    const ledger = begun(0, 0)
    ledger.settle(batch(10, 10), undefined)
    ledger.settle(batch(20, 10), undefined)
    ledger.holds(12)
    assert.deepInclude(ledger.account(25), { delivered: 12, waiting: 13 })
    ledger.settle(batch(20, 8), undefined)
    assert.deepInclude(ledger.account(25), { delivered: 20, waiting: 5 })
  })

  it("balances whatever is lost, refused, given again", () => {
    const dice = makeDice(seed)
    for (let round = 0; round < 200; round++) {
      const began = dice.int(50)
      const ledger = begun(began, began + dice.int(20))
      let at = ledger.position
      for (let step = 0; step < 30; step++) {
        if (dice.chance(0.2)) {
          at = Math.max(began, at - dice.int(15))
          ledger.holds(at)
        }
        const count = 1 + dice.int(9)
        const lost = dice.chance(0.3) ? dice.int(6) : 0
        at += count + lost
        const refused = dice.chance(0.2)
          ? { deadLettered: [], dropped: { expired: dice.int(count + 1) } }
          : undefined
        ledger.settle(batch(at, count, lost), refused)
        balances(ledger, Math.max(at, ledger.position) + dice.int(10) + 300)
      }
    }
  })
})
