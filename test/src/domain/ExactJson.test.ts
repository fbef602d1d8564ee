import { assert, describe, it } from "@effect/vitest"
import { asNumber, parseExact } from "../../../src/domain/ExactJson.ts"

describe("JSON whose numbers stay what they are", () => {
  it("gives a number that a double does not hold as the text that stood there", () => {
    const exact: ReadonlyArray<readonly [string, unknown]> = [
      ["1234567890123456789", "1234567890123456789"],
      ["-9223372036854775808", "-9223372036854775808"],
      ["9007199254740993", "9007199254740993"],
      ["0.12345678901234567890", "0.12345678901234567890"],
      ["1e400", "1e400"],
    ]
    for (const [text, value] of exact)
      assert.deepStrictEqual(parseExact(`{"a":[${text}]}`), { a: [value] }, text)
  })

  it("leaves every other number, and texts of digits, as JSON.parse has them", () => {
    const same = [
      "9007199254740991",
      "100000000000000000000",
      "0.30000000000000004",
      "0.1000000000000000000",
      "1.5e300",
      "1E-300",
      "0e999",
      "-12000000000000000000000",
      "-0.1",
      '"1234567890123456789"',
      '"1e400"',
    ]
    for (const text of same) assert.deepStrictEqual(parseExact(text), JSON.parse(text), text)
    assert.throws(() => parseExact("1234567890123456789,"), SyntaxError)
  })

  it("writes digits as the number that they were", () => {
    assert.strictEqual(JSON.stringify({ id: asNumber("1234567890123456789") }), '{"id":1234567890123456789}')
    assert.strictEqual(JSON.stringify({ id: asNumber(5) }), '{"id":5}')
  })
})
