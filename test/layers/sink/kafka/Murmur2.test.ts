import { assert, describe, it } from "@effect/vitest"
import { Partitioners, type PartitionMetadata } from "kafkajs"
import { murmur2, partitionOf } from "../../../../layers/sink/kafka/Murmur2.ts"
import { Effect } from "effect"
import { withSeeds } from "../../../support/seed.ts"

describe("Murmur2", () => {
  it("gives the hashes of Kafka's own tests", () => {
    const hashes = {
      "21": -973932308,
      foobar: -790332482,
      "a-little-bit-long-string": -985981536,
      "a-little-bit-longer-string": -1486304829,
      lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
      abc: 479470107,
    }
    for (const [text, hash] of Object.entries(hashes)) {
      assert.strictEqual(murmur2(Buffer.from(text)), hash, text)
    }
  })

  it.effect("puts every key where Java's partitioner, as kafkajs has it, does", () =>
    withSeeds(20, (dice) =>
      Effect.sync(() => {
        const partitioner = Partitioners.DefaultPartitioner()
        const count = 1 + dice.int(64)
        const partitionMetadata = Array.from({ length: count }, (_, partitionId): PartitionMetadata => ({
          partitionId,
          leader: 1,
          partitionErrorCode: 0,
          replicas: [1],
          isr: [1],
        }))
        const key = Buffer.from(Array.from({ length: dice.int(40) + 1 }, () => dice.int(256)))
        const message = { key, value: "" }
        assert.strictEqual(
          partitionOf(key, count),
          partitioner({ topic: "t", partitionMetadata, message }),
          key.toString("hex"),
        )
      }),
    ),
  )
})
