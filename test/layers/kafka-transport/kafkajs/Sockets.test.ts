import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { wholeResponses } from "../../../../layers/kafka-transport/kafkajs/Sockets.ts"
import { withSeeds } from "../../../support/seed.ts"

const responseOf = (body: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

describe("wholeResponses", () => {
  it.effect("hands on the same bytes, never a part of a response, however they come", () =>
    withSeeds(50, (dice) =>
      Effect.sync(() => {
        const responses = Array.from({ length: 1 + dice.int(10) }, () =>
          responseOf(Buffer.from(Array.from({ length: dice.int(50) }, () => dice.int(256)))),
        )
        const all = Buffer.concat(responses)
        const ends = new Set<number>()
        let end = 0
        for (const response of responses) ends.add((end += response.length))
        const cut = dice.int(all.length + 1)
        const handed: Array<Buffer> = []
        const feed = wholeResponses((bytes) => {
          handed.push(Buffer.from(bytes))
          assert.isTrue(ends.has(handed.reduce((sum, { length }) => sum + length, 0)))
        })
        for (let at = 0; at < cut;) {
          const next = Math.min(cut, at + 1 + dice.int(30))
          feed(all.subarray(at, next))
          at = next
        }
        const whole = Math.max(0, ...[...ends].filter((each) => each <= cut))
        assert.deepStrictEqual(Buffer.concat(handed), all.subarray(0, whole))
      }),
    ),
  )

  it("lets through what is not Kafka's protocol, so that it is noticed", () => {
    const handed: Array<Buffer> = []
    wholeResponses((bytes) => void handed.push(bytes))(Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2]))
    assert.deepStrictEqual(Buffer.concat(handed), Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2]))
  })
})
