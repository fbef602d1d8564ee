import { describe, expect, it } from "vitest"
import { nextMember, otherMember, simpleValue, wordId } from "../../../../src/exchanges/scan/Members.ts"

const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1")

describe("a member that nobody asks for", () => {
  it("is read over where its value is simple", () => {
    for (const value of ['"PlusTick"', '""', "0", "-1.50", "12", "true", "false", "null"])
      expect(otherMember(bytesOf(`L":${value},"x`), 0)).toBe(3 + value.length)
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
      expect(otherMember(bytesOf(`L":${value}`), 0)).toBe(-1)
    for (const name of ['a"b":1', 'a-b":1', '":', 'a":', 'a" :1', "a"]) {
      const end = otherMember(bytesOf(name), 0)
      expect([name, end]).toEqual([name, -1])
    }
  })

  it("passes on that nothing was read", () => {
    expect([
      nextMember(bytesOf(',"a"'), -1),
      simpleValue(bytesOf("1"), -1),
      otherMember(bytesOf("a"), -1),
    ]).toEqual([-1, -1, -1])
    expect(nextMember(bytesOf(',"a"'), 0)).toBe(2)
    expect(nextMember(bytesOf('}"a"'), 0)).toBe(-1)
  })

  it("reads ids of letters, digits, _ and - up to their length", () => {
    expect(wordId(bytesOf('20f43950-d8dd_Z"'), 0, 64)).toBe(15)
    expect(wordId(bytesOf('abcde"'), 0, 4)).toBe(-1)
    expect(wordId(bytesOf('"'), 0, 4)).toBe(-1)
  })
})
