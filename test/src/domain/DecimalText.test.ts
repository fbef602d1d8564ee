import { describe, expect, it } from "@effect/vitest"
import { Decimal } from "decimal.js"
import { Effect, Schema } from "effect"
import {
  compareDecimals,
  isPlainDecimal,
  isSignedDecimal,
  toPlainDecimal,
} from "../../../src/domain/DecimalText.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"

const digits = (dice: Dice, count: number): string =>
  Array.from({ length: count }, () => dice.int(10)).join("")

const decimal = (dice: Dice): string =>
  digits(dice, 1 + dice.int(6)) + (dice.chance(0.6) ? `.${digits(dice, 1 + dice.int(6))}` : "")

describe("isPlainDecimal", () => {
  it("takes digits with at most one point between them", () => {
    for (const text of ["0", "12", "12.50", "0.00000001", "007.5", "1".repeat(128)]) {
      expect(isPlainDecimal(text)).toBe(true)
      expect(isSignedDecimal(`-${text}`.slice(0, 128))).toBe(true)
    }
  })

  it("takes nothing else", () => {
    for (const text of [
      "",
      ".",
      "1.",
      ".5",
      "1.2.3",
      "-1",
      "+1",
      "1e5",
      " 1",
      "1 ",
      "0x1",
      "١",
      "1".repeat(129),
      "NaN",
    ]) {
      expect(isPlainDecimal(text)).toBe(false)
    }
    for (const value of [1, null, undefined, true, ["1"], {}]) expect(isPlainDecimal(value)).toBe(false)
    for (const text of ["--1", "-", "", "-.5", "+1"]) expect(isSignedDecimal(text)).toBe(false)
  })

  it.prop("agrees with the grammar written as an expression", [Schema.String], ([text]) => {
    expect(isPlainDecimal(text)).toBe(/^\d+(\.\d+)?$/.test(text) && text.length <= 128)
  })
})

describe("toPlainDecimal", () => {
  it.each([
    ["5.33E-4", "0.000533"],
    ["61945.07", "61945.07"],
    ["1e3", "1000"],
    ["1.500e1", "15.00"],
    ["-2.5e-1", "-0.25"],
    ["+7", "7"],
    ["0e0", "0"],
    ["100182534526255757567432481", "100182534526255757567432481"],
  ])("writes %s as %s", (text, plain) => {
    expect(toPlainDecimal(text)).toBe(plain)
  })

  it("refuses what is no number, and what would be absurdly long", () => {
    for (const text of ["", "x", "1.", "1e", "e5", "1e99999", "1e1000", "1e-1000", "Infinity"]) {
      expect(toPlainDecimal(text)).toBeUndefined()
    }
  })

  it.effect("never changes the value", () =>
    withSeeds(500, (dice) =>
      Effect.sync(() => {
        const text = `${dice.pick(["", "-"])}${decimal(dice)}e${dice.int(41) - 20}`
        const plain = toPlainDecimal(text)!
        expect(isSignedDecimal(plain)).toBe(true)
        expect(new Decimal(plain).eq(text)).toBe(true)
      }),
    ),
  )
})

describe("compareDecimals", () => {
  it.effect("orders as the numbers do, at any length", () =>
    withSeeds(1000, (dice) =>
      Effect.sync(() => {
        const left = dice.chance(0.3) ? `${digits(dice, 30)}.${digits(dice, 30)}` : decimal(dice)
        const right = dice.pick([
          decimal(dice),
          left,
          `${left}${left.includes(".") ? "0" : ".0"}`,
          `0${left}`,
        ])
        expect(Math.sign(compareDecimals(left, right))).toBe(new Decimal(left).cmp(right))
      }),
    ),
  )
})
