import { assert } from "@effect/vitest"
import { kafkaFaults } from "../../contract/KafkaFaults.ts"
import type { Outcome } from "../../support/kafkaFaults.ts"

/** Of what a read-committed consumer sees. */
const exact = (outcomes: ReadonlyArray<Outcome>) => {
  for (const outcome of outcomes) {
    const told = JSON.stringify(outcome)
    assert.isAbove(outcome.written, 1000, told)
    assert.deepStrictEqual([outcome.lost, outcome.duplicates, outcome.disordered], [0, 0, 0], told)
    assert.isAbove(outcome.counts.commits, 1, told)
  }
  process.stderr.write(outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join(""))
}

kafkaFaults({
  name: "the transactional Kafka sink",
  promise: "loses nothing, doubles nothing, keeps the order",
  transactional: true,
  judge: exact,
})
