import { assert, describe, it } from "@effect/vitest"
import { makeFitting } from "../../../../layers/sink/kafka/Fitting.ts"
import type { KafkaBatch } from "../../../../services/KafkaTransport.ts"
import { withSeeds } from "../../../support/seed.ts"
import { Effect } from "effect"

const batch = (topic: string, values: ReadonlyArray<number>): KafkaBatch => ({
  topic,
  partition: 0,
  records: values.map((length) => ({
    key: Buffer.from("BTC-USDT"),
    value: Buffer.alloc(length),
    headers: { id: "binance:spot:BTCUSDT:depth:123456", receivedAt: "1", source: "stream", schema: "1" },
  })),
})

const lengthsOf = (sends: ReadonlyArray<ReadonlyArray<KafkaBatch>>) =>
  sends.map((send) => send.map(({ records }) => records.map(({ value }) => value.length)))

describe("what a topic takes at once", () => {
  it("nothing is taken apart before something was refused", () => {
    const sends = [batch("a", [100_000]), batch("b", [10])]
    assert.deepStrictEqual(makeFitting().sends(sends), [sends])
  })

  it("what may be refused goes alone, in pieces smaller than what was refused, and shares a send once its like was taken", () => {
    const fitting = makeFitting()
    fitting.refused(batch("a", [900, 900]))
    assert.deepStrictEqual(lengthsOf(fitting.sends([batch("a", [1000, 900]), batch("b", [10])])), [
      [[10]],
      [[1000]],
      [[900]],
    ])
    fitting.taken([batch("a", [1000])])
    assert.deepStrictEqual(lengthsOf(fitting.sends([batch("a", [900]), batch("b", [10])])), [[[900], [10]]])
    assert.deepStrictEqual(lengthsOf(fitting.sends([batch("a", [1200]), batch("b", [10])])), [
      [[10]],
      [[1200]],
    ])
    // As large as what was taken, but for what its numbers may take more.
    assert.deepStrictEqual(lengthsOf(fitting.sends([batch("a", [999]), batch("b", [10])])), [[[10]], [[999]]])
  })

  it.effect("a topic that refuses is sent to together with others once, and never again", () =>
    withSeeds(10, (dice) =>
      Effect.sync(() => {
        const limit = 2_000 + dice.int(20_000)
        // What the broker counts besides: as many bytes as the numbers of each record need.
        const takes = ({ records }: KafkaBatch) =>
          records.reduce((bytes, { value }) => bytes + value.length + 140 + dice.int(12), 61) <= limit
        const fitting = makeFitting()
        let shared = 0
        const bring = (send: ReadonlyArray<KafkaBatch>): void => {
          if (send.every((each) => each.topic === "b" || takes(each))) return fitting.taken(send)
          if (send.length > 1) {
            shared++
            for (const each of send) bring([each])
            return
          }
          const [{ records }] = send as [KafkaBatch]
          fitting.refused(send[0]!)
          if (records.length === 1) return
          const middle = Math.ceil(records.length / 2)
          const parts = [records.slice(0, middle), records.slice(middle)]
          for (const part of parts) bring([{ ...send[0]!, records: part }])
        }
        for (let turn = 0; turn < 300; turn++) {
          const lengths = Array.from({ length: 1 + dice.int(40) }, () =>
            dice.chance(0.02) ? 30_000 : 300 + dice.int(600),
          )
          for (const send of fitting.sends([batch("a", lengths), batch("b", [300])])) bring(send)
        }
        assert.isAtMost(shared, 1)
      }),
    ),
  )
})
