import { describe, expect, it } from "@effect/vitest"
import {
  decimal,
  flag,
  integer,
  isTrue,
  isZero,
  literal,
  valueOf,
} from "../../../../src/exchanges/scan/Steps.ts"

describe("steps of a scan", () => {
  const bytes = Buffer.from('"u":35346513501,"p":"2683.80000000"')

  it("pass on what failed before them", () => {
    expect(literal(bytes, -1, '"u":')).toBe(-1)
    expect(integer(bytes, -1, 15)).toBe(-1)
    expect(decimal(bytes, -1)).toBe(-1)
    expect(flag(bytes, -1)).toBe(-1)
  })

  it("stop behind what they read", () => {
    const from = literal(bytes, 0, '"u":')
    const to = integer(bytes, from, 15)
    expect(valueOf(bytes, from, to)).toBe(35346513501)
    const price = literal(bytes, to, ',"p":"')
    expect(bytes.toString("latin1", price, decimal(bytes, price))).toBe("2683.80000000")
  })

  it("end with the bytes", () => {
    expect(literal(Buffer.from("12"), 0, "123")).toBe(-1)
    expect(integer(Buffer.from("12"), 0, 15)).toBe(2)
    expect(decimal(Buffer.from("1."), 0)).toBe(-1)
    expect(flag(Buffer.from("tru"), 0)).toBe(-1)
  })

  it("take no integer of too many digits, of none, or with a zero in front", () => {
    expect(integer(Buffer.from("123456,"), 0, 5)).toBe(-1)
    expect(integer(Buffer.from(","), 0, 5)).toBe(-1)
    // The step stops behind the zero, and whatever must follow is not there.
    expect(integer(Buffer.from("007,"), 0, 5)).toBe(1)
    expect(decimal(Buffer.from('00.5"'), 0)).toBe(1)
  })

  it("tell true from false, and zero from the rest", () => {
    for (const [text, value] of [
      ["true}", true],
      ["false}", false],
    ] as const) {
      expect(flag(Buffer.from(text), 0)).toBe(text.length - 1)
      expect(isTrue(Buffer.from(text), 0)).toBe(value)
    }
    expect(flag(Buffer.from("null"), 0)).toBe(-1)
    expect(isZero(Buffer.from("0.000"), 0, 5)).toBe(true)
    expect(isZero(Buffer.from("0.010"), 0, 5)).toBe(false)
  })
})
