import { assert, describe, it } from "vitest"
import { BadRequest } from "../../../../src/edge/ApiErrors.ts"
import { type Parameters, parseQuery, parseTime } from "../../../../src/edge/continuity/Query.ts"

const hour = 3_600_000
const now = Date.UTC(2026, 10, 22, 13, 30)

const asked = (parameters: Parameters) => {
  const query = parseQuery(parameters, now)
  if (query instanceof BadRequest) throw new Error(query.error)
  return query
}

const refused = (parameters: Parameters): string => {
  const query = parseQuery(parameters, now)
  if (!(query instanceof BadRequest)) throw new Error(`${JSON.stringify(parameters)} was understood`)
  return query.error
}

const window = (parameters: Parameters) => {
  const { from, to } = asked(parameters)
  return [(from - now) / hour, (to - now) / hour]
}

describe("a question to the history", () => {
  it("is about the last hour unless it says otherwise", () => {
    assert.deepStrictEqual(window({}), [-1, 0])
    assert.strictEqual(asked({}).limit, 500)
  })

  it("names its window by its length, by its ends, or by both ends", () => {
    assert.deepStrictEqual(window({ window: "6 hours" }), [-6, 0])
    assert.deepStrictEqual(window({ window: "90m", to: "2026-11-22T12:30Z" }), [-2.5, -1])
    assert.deepStrictEqual(window({ from: "2026-11-22" }), [-13.5, 0])
    assert.deepStrictEqual(window({ from: String(now - 3 * hour), to: String(now - hour) }), [-3, -1])
    // Nobody knows what is to come.
    assert.deepStrictEqual(window({ from: "2026-11-22 13:00", to: "2027-01-01" }), [-0.5, 0])
  })

  it("takes times as people and programs write them, as UTC unless they say otherwise", () => {
    for (const text of [
      "2026-11-22T13:30",
      "2026-11-22 13:30:00",
      "2026-11-22T13:30:00.000Z",
      "2026-11-22T14:30+01:00",
      String(now),
    ])
      assert.strictEqual(parseTime(text), now, text)
    for (const text of ["", "yesterday", "13:30", "2026-13-01", "2026-11-22T25:00", "-5", "1e3", "2026"])
      assert.isTrue(parseTime(text) === undefined || text === "2026", text)
  })

  it("takes a symbol in more than one spelling", () => {
    assert.strictEqual(asked({ symbol: "btc/usdt" }).symbol, "BTC-USDT")
  })

  const wrong: ReadonlyArray<readonly [string, Parameters, RegExp]> = [
    ["a time that is none", { from: "yesterday" }, /^query\.from: a time: .*got "yesterday"$/],
    [
      "an end before the begin",
      { from: "2026-11-22T13:00", to: "2026-11-22T12:00" },
      /^query\.from: a time before `to`$/,
    ],
    ["a begin that is still to come", { from: "2027-01-01" }, /^query\.from: .*still to come$/],
    ["a window that is none", { window: "a while" }, /^query\.window: a duration .*got "a while"$/],
    ["an empty window", { window: "0" }, /^query\.window: a duration/],
    [
      "a window and a begin",
      { window: "1h", from: "2026-11-22" },
      /^query\.window: either `from` or `window`/,
    ],
    ["too long a window", { window: "500 days" }, /^query\.window: 400 days at most$/],
    ["too early a begin", { from: "2020-01-01" }, /^query\.from: 400 days at most$/],
    [
      "a venue that there is not",
      { venue: "bitmax" },
      /^query\.venue: one of binance, binance-usdm.*got "bitmax"$/,
    ],
    ["a data type that there is not", { dataType: "trades" }, /^query\.dataType: .*got "trades"$/],
    ["an empty symbol", { symbol: "" }, /^query\.symbol/],
    ["a limit that is no number", { limit: "all" }, /^query\.limit: a whole number .*got "all"$/],
    ["too high a limit", { limit: "10001" }, /^query\.limit: .*at most 10000/],
    [
      "a parameter that there is not",
      { form: "2026-11-22" },
      /^query\.form: there is no such parameter; there are from, to,/,
    ],
    ["several things at once", { from: "x", limit: "y" }, /^query\.from: .*; query\.limit: /],
  ]
  for (const [name, parameters, expected] of wrong)
    it(`is refused for ${name}, by name`, () => assert.match(refused(parameters), expected))
})
