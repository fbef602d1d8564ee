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
import { Literal } from "../../../../src/exchanges/scan/Literal.ts"
import { laid } from "../../../support/scanning.ts"

describe("steps of a scan", () => {
  const text = '"u":35346513501,"p":"2683.80000000"'
  const bytes = laid(text)

  it("pass on what failed before them", () => {
    expect(literal(bytes, -1, new Literal('"u":'))).toBe(-1)
    expect(integer(bytes, -1, 15)).toBe(-1)
    expect(decimal(bytes, -1)).toBe(-1)
    expect(flag(bytes, -1)).toBe(-1)
  })

  it("stop behind what they read", () => {
    const from = literal(bytes, 0, new Literal('"u":'))
    const to = integer(bytes, from, 15)
    expect(valueOf(bytes, from, to)).toBe(35346513501)
    const price = literal(bytes, to, new Literal(',"p":"'))
    expect(text.slice(price, decimal(bytes, price))).toBe("2683.80000000")
  })

  it("end with the bytes", () => {
    expect(literal(laid("12"), 0, new Literal("123"))).toBe(-1)
    expect(integer(laid("12"), 0, 15)).toBe(2)
    expect(decimal(laid("1."), 0)).toBe(-1)
    expect(flag(laid("tru"), 0)).toBe(-1)
  })

  it("take no integer of too many digits, of none, or with a zero in front", () => {
    expect(integer(laid("123456,"), 0, 5)).toBe(-1)
    expect(integer(laid(","), 0, 5)).toBe(-1)
    // The step stops behind the zero, and whatever must follow is not there.
    expect(integer(laid("007,"), 0, 5)).toBe(1)
    expect(decimal(laid('00.5"'), 0)).toBe(1)
  })

  it("tell true from false, and zero from the rest", () => {
    for (const [text, value] of [
      ["true}", true],
      ["false}", false],
    ] as const) {
      expect(flag(laid(text), 0)).toBe(text.length - 1)
      expect(isTrue(laid(text), 0)).toBe(value)
    }
    expect(flag(laid("null"), 0)).toBe(-1)
    expect(isZero(laid("0.000"), 0, 5)).toBe(true)
    expect(isZero(laid("0.010"), 0, 5)).toBe(false)
  })
})
