import { describe, expect, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { timeOf } from "../../../../src/collect/continuity/Gap.ts"
import { decodeOne, makeCounting, makeGuarded, payloads } from "../../../support/binanceDecoders.ts"
import {
  frameText,
  judge,
  messageKinds,
  outcome,
  own,
  spoilText,
  spoilValue,
} from "../../../support/binanceMessages.ts"
import { makeDice } from "../../../support/seed.ts"

const receivedAt = 1723161254024.619

const seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 32 - 1 }))

describe.each(messageKinds)("$venue $wire", (kind) => {
  const counting = makeCounting(kind.venue)
  const guarded = makeGuarded(kind.venue)
  // The stream becomes known, so that its scanner is asked.
  for (const decode of [counting.decode, guarded])
    decodeOne(decode, JSON.stringify({ stream: kind.wire, data: {} }))

  const check = (frame: Buffer): string => {
    const scanned = decodeOne(counting.decode, frame, receivedAt)
    const byGuards = decodeOne(guarded, frame, receivedAt)
    const result = outcome(scanned, payloads(scanned))
    expect(result).toBe(outcome(byGuards, payloads(byGuards)))
    expect(plain(scanned)).toEqual(plain(byGuards))
    const expected = judge(kind, frame, receivedAt)
    if (expected !== undefined) expect(result).toBe(expected)
    return result
  }

  /** Streams are made per decoder, so they are compared by name; a record that is written has the receive time for none. */
  const plain = ({ records, controls, rejects, skips, skipped }: ReturnType<typeof decodeOne>) => ({
    controls,
    rejects,
    skips,
    skipped,
    records: records.map((record) => {
      const { stream, type, key, data, first, last, previous } = record
      return {
        stream: stream.key,
        type,
        key,
        data,
        first,
        last,
        previous,
        receivedAt: record.receivedAt,
        time: timeOf(record),
      }
    }),
  })

  it.prop(
    "whatever the Schema allows is the record that the contract says",
    [Arbitrary.schema(kind.schema)],
    ([message]) => {
      expect(check(Buffer.from(frameText(kind, own(kind, message))))).not.toBe("rejected")
    },
    { arbitrary: { runs: 200 } },
  )

  it.prop(
    "a message with a spoilt value is taken if and only if the Schema takes it",
    [Arbitrary.schema(kind.schema), seed],
    ([message, number]) => {
      const dice = makeDice(number)
      check(Buffer.from(frameText(kind, spoilValue(dice, own(kind, message)))))
    },
    { arbitrary: { runs: 400 } },
  )

  it.prop(
    "a frame with spoilt text is taken if and only if the Schema takes what it parses to",
    [Arbitrary.schema(kind.schema), seed],
    ([message, number]) => {
      const dice = makeDice(number)
      check(spoilText(dice, frameText(kind, own(kind, message))))
    },
    { arbitrary: { runs: 400 } },
  )

  it.prop(
    "random bytes are refused without a throw",
    [Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))],
    ([bytes]) => {
      check(Buffer.concat([Buffer.from(`{"stream":"${kind.wire}","data":{`), Buffer.from(bytes)]))
      check(Buffer.from(bytes))
    },
    { arbitrary: { runs: 50 } },
  )

  if (!kind.scanned) return

  it("an ordinary message is scanned and never parsed", () => {
    const ordinary = {
      E: 1723161255612,
      t: 1520538925,
      a: 16599292,
      p: "2683.80",
      q: "0.002",
      T: 1723161255611,
    }
    const levels = [
      ["2683.80", "1"],
      ["2683.79", "0.000"],
    ]
    const trade = { ...ordinary, e: /@(.*)/.exec(kind.wire)![1], m: true, f: 5, l: 7, X: "MARKET" }
    const bbo = {
      ...ordinary,
      e: "bookTicker",
      u: 5123107838717,
      b: "2681.62",
      B: "1.165",
      a: "2681.63",
      A: "73.077",
    }
    const delta = { ...ordinary, e: "depthUpdate", U: 10, u: 20, pu: 9, b: levels, a: levels.toReversed() }
    const message = kind.wire.includes("rade") ? trade : kind.wire.includes("book") ? bbo : delta
    const before = counting.fallbacks
    const frame = Buffer.from(frameText(kind, own(kind, { ...message, s: "" })))
    expect(check(frame)).toMatch(/^\{"type"/)
    expect(counting.fallbacks).toBe(before)
  })
})
