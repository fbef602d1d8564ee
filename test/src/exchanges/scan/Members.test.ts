import { describe, expect, it } from "vitest"
import { nextMember, otherMember, simpleValue, wordId } from "../../../../src/exchanges/scan/Members.ts"
import { laid } from "../../../support/scanning.ts"

describe("a member that nobody asks for", () => {
  it("is read over where its value is simple", () => {
    for (const value of ['"PlusTick"', '""', "0", "-1.50", "12", "true", "false", "null"])
      expect(otherMember(laid(`L":${value},"x`), 0)).toBe(3 + value.length)
  })

  it("is left to the guards where it is anything else, or no JSON", () => {
    for (const value of [
      '"a\\"b"',
      '"\\q"',
      '"é"',
      '"\t"',
      '"open',
      "01",
      "1.",
      "-",
      ".5",
      "nil",
      "{}",
      "[]",
      "",
    ])
      expect(otherMember(laid(`L":${value}`), 0)).toBe(-1)
    for (const name of ['a"b":1', 'a-b":1', '":', 'a":', 'a" :1', "a"]) {
      const end = otherMember(laid(name), 0)
      expect([name, end]).toEqual([name, -1])
    }
  })

  it("passes on that nothing was read", () => {
    expect([nextMember(laid(',"a"'), -1), simpleValue(laid("1"), -1), otherMember(laid("a"), -1)]).toEqual([
      -1, -1, -1,
    ])
    expect(nextMember(laid(',"a"'), 0)).toBe(2)
    expect(nextMember(laid('}"a"'), 0)).toBe(-1)
  })

  it("reads ids of letters, digits, _ and - up to their length", () => {
    expect(wordId(laid('20f43950-d8dd_Z"'), 0, 64)).toBe(15)
    expect(wordId(laid('abcde"'), 0, 4)).toBe(-1)
    expect(wordId(laid('"'), 0, 4)).toBe(-1)
  })
})
