import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { due, isInterval, nextDue } from "../../../src/domain/Interval.ts"
import { withSeeds } from "../../support/seed.ts"

const at = (time: string): number => Date.parse(time)
const dueAt = (intervals: string, time: string): string => due(intervals.split(" "), at(time)).join(" ")

describe("due intervals", () => {
  it("minutes divide the minute of the hour", () => {
    assert.strictEqual(dueAt("1m 5m 7m 15m 60m 90m", "2026-01-01T10:35:00Z"), "1m 5m 7m")
    assert.strictEqual(dueAt("1m 5m 7m 60m 90m 1h", "2026-01-01T10:00:59Z"), "1m 5m 7m 60m 90m 1h")
  })

  it("hours divide the hour of the day, at minute 0", () => {
    assert.strictEqual(dueAt("1h 2h 3h 4h 12h", "2026-01-01T16:00:00Z"), "1h 2h 4h")
    assert.strictEqual(dueAt("1h 2h", "2026-01-01T16:01:00Z"), "")
  })

  it("days count from 1970, at 00:00", () => {
    // 2026-01-02 is day 20,455.
    assert.strictEqual(dueAt("1d 2d 5d", "2026-01-02T00:00:00Z"), "1d 5d")
    assert.strictEqual(dueAt("1d 5d", "2026-01-02T01:00:00Z"), "")
  })

  it("weeks are ISO's, on Monday at 00:00", () => {
    // The Monday of week 1 of 2026 is in December; 2020 had 53 weeks.
    assert.strictEqual(dueAt("1w 2w", "2025-12-29T00:00:00Z"), "1w")
    assert.strictEqual(dueAt("1w 2w 3w", "2026-02-02T00:00:00Z"), "1w 2w 3w")
    assert.strictEqual(dueAt("1w 53w", "2020-12-28T00:00:00Z"), "1w 53w")
    assert.strictEqual(dueAt("1w", "2026-02-03T00:00:00Z"), "")
  })

  it("months divide the month, on the 1st at 00:00", () => {
    assert.strictEqual(dueAt("1M 2M 3M 12M 13M", "2026-12-01T00:00:00Z"), "1M 2M 3M 12M")
    assert.strictEqual(dueAt("1M", "2026-12-02T00:00:00Z"), "")
  })

  it("anything else is never due", () => {
    const none = ["", "m", "0m", "-5m", "1.5h", "5 m", "5s", "5Y", "5min", "1H", "00m", "1e3m"]
    assert.deepStrictEqual(due(none, at("2026-01-01T00:00:00Z")), [])
    assert.deepStrictEqual(none.filter(isInterval), [])
    for (const text of none) assert.strictEqual(nextDue(text, 0), undefined)
  })
})

describe("the next time that an interval is due", () => {
  it("never is for counts that no unit reaches", () => {
    assert.strictEqual(nextDue("13M", at("2026-01-01T00:00:00Z")), undefined)
    assert.strictEqual(nextDue("54w", at("2026-01-01T00:00:00Z")), undefined)
  })

  it("is years away where only a long year has that week", () => {
    assert.strictEqual(nextDue("53w", at("2020-12-28T00:00:00Z")), at("2026-12-28T00:00:00Z"))
  })

  it.effect("is the first minute that is due, minute by minute", () =>
    withSeeds(60, (dice) =>
      Effect.sync(() => {
        const interval = `${1 + dice.int(60)}${dice.pick(["m", "h", "d"])}`
        const after = at("2025-01-01T00:00:00Z") + dice.int(500 * 86_400_000)
        let walked = (Math.floor(after / 60_000) + 1) * 60_000
        while (due([interval], walked).length === 0) walked += 60_000
        assert.strictEqual(nextDue(interval, after), walked, `${interval} after ${after}`)
      }),
    ),
  )
})
