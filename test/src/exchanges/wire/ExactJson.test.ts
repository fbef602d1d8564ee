import { describe, expect, it } from "@effect/vitest"
import { parseExact, parseJson } from "../../../../src/exchanges/wire/ExactJson.ts"

describe("ExactJson", () => {
  it.each([
    ["5.33E-4", "0.000533"],
    ["1e3", "1000"],
    ["61945.070", "61945.070"],
    ["100182534526255757567432481", "100182534526255757567432481"],
    ["-0.00010", "-0.00010"],
    ["0", "0"],
  ])("a bare number %s is the text %s, every digit kept", (source, text) => {
    expect(parseExact(`{"a":[${source}],"b":"5E3","c":true,"d":null}`)).toEqual({
      a: [text],
      b: "5E3",
      c: true,
      d: null,
    })
  })

  it("an absurd number stays as it is written, and is nobody's decimal", () => {
    expect(parseExact("[1e400000]")).toEqual(["1e400000"])
  })

  it("a text that is no JSON is nothing", () => {
    for (const text of ["", "{", "nope", "[1,]"]) {
      expect(parseExact(text)).toBeUndefined()
      expect(parseJson(text)).toBeUndefined()
    }
  })
})
