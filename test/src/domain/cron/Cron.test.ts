import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parseCron } from "../../../../src/domain/cron/Cron.ts"
import { firesWithin, nextFire, nextFires } from "../../../../src/domain/cron/CronNext.ts"
import { timeZone } from "../../../../src/domain/cron/TimeZone.ts"

const cron = (expression: string) => Result.getOrThrow(parseCron(expression))
const text = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : new Date(at).toISOString().replace(".000Z", "Z")
const next = (expression: string, after: string, count = 3, zone?: string): ReadonlyArray<string> =>
  nextFires(cron(expression), Date.parse(after), count, zone === undefined ? undefined : timeZone(zone)!).map(
    (at) => text(at)!,
  )
const refused = (expression: string): string | undefined => {
  const parsed = parseCron(expression)
  return Result.isFailure(parsed) ? parsed.failure.message : undefined
}

describe("the days of a cron expression", () => {
  it("L is the last day, LW the last working day, 15W the working day nearest to the 15th", () => {
    assert.deepStrictEqual(next("0 0 0 LW * * *", "2026-01-01T00:00:00Z"), [
      "2026-01-30T00:00:00Z",
      "2026-02-27T00:00:00Z",
      "2026-03-31T00:00:00Z",
    ])
    // The 15th of February and of March 2026 are Sundays, that of August a Saturday.
    assert.deepStrictEqual(next("0 0 0 15W 2,3,8 * *", "2026-01-01T00:00:00Z"), [
      "2026-02-16T00:00:00Z",
      "2026-03-16T00:00:00Z",
      "2026-08-14T00:00:00Z",
    ])
  })

  it("W stays within its month", () => {
    // Saturday the 1st of August, Sunday the 31st of May.
    assert.deepStrictEqual(next("0 0 0 1W 8 * 2026", "2026-01-01T00:00:00Z"), ["2026-08-03T00:00:00Z"])
    assert.deepStrictEqual(next("0 0 0 31W 5 * 2026", "2026-01-01T00:00:00Z"), ["2026-05-29T00:00:00Z"])
    assert.deepStrictEqual(next("0 0 0 31W 6 * 2026", "2026-01-01T00:00:00Z"), [])
  })

  it("5L is the last Friday, 5#3 the third, and a fifth that a month has not is left out", () => {
    assert.deepStrictEqual(next("0 0 0 * * 5L *", "2026-01-01T00:00:00Z", 2), [
      "2026-01-30T00:00:00Z",
      "2026-02-27T00:00:00Z",
    ])
    assert.deepStrictEqual(next("0 0 0 * 2 6L 2026", "2026-01-01T00:00:00Z"), ["2026-02-28T00:00:00Z"])
    assert.deepStrictEqual(next("0 0 0 * * fri#5 *", "2026-01-01T00:00:00Z", 2), [
      "2026-01-30T00:00:00Z",
      "2026-05-29T00:00:00Z",
    ])
  })

  it("months and days of the week may be written with a leading zero, or by name in any case", () => {
    for (const expression of ["0 0 0 * 02 01 *", "0 0 0 * Feb MON *", "0 0 0 * february monday *"])
      assert.deepStrictEqual(next(expression, "2026-01-01T00:00:00Z", 1), ["2026-02-02T00:00:00Z"])
  })

  it("what can never be is never fired", () => {
    for (const expression of ["0 0 0 30 2 * *", "0 0 0 * * 5-1 *", "30-10 * * * * * *", "0 0 0 * * * 2020"])
      assert.deepStrictEqual(next(expression, "2026-01-01T00:00:00Z"), [])
  })
})

describe("what is no cron expression", () => {
  it("is refused by the field that is wrong", () => {
    assert.strictEqual(refused("0 0 * * FRY"), "syntax error in day-of-week field: 'FRY'")
    assert.strictEqual(refused("0 0 * 13 *"), "syntax error in month field: '13'")
    assert.strictEqual(refused("0 0 0 * * * 2100"), "syntax error in year field: '2100'")
    assert.strictEqual(refused("0 25 * * *"), "syntax error in hour field: '25'")
    assert.strictEqual(refused("*/0 * * * *"), "invalid interval */0")
    assert.strictEqual(refused("*/60 * * * *"), "invalid interval */60")
    assert.strictEqual(refused(", * * * *"), "minute field: missing directive")
    assert.strictEqual(refused("@Daily"), "missing field(s)")
  })
})

describe("the sliding window", () => {
  const minutely = cron("0 * * * * * *")
  const at = (time: string): number => Date.parse(`2026-01-01T${time}Z`)

  it("fires what falls into (last, now], its end included and its start not", () => {
    assert.strictEqual(firesWithin(minutely, at("00:00:00"), at("00:00:59")), undefined)
    assert.strictEqual(firesWithin(minutely, at("00:00:00"), at("00:01:00")), at("00:01:00"))
    assert.strictEqual(firesWithin(minutely, at("00:01:00"), at("00:01:59")), undefined)
  })

  it("fires once for all that a late tick missed", () => {
    assert.strictEqual(firesWithin(minutely, at("00:00:30"), at("00:07:10")), at("00:01:00"))
    assert.strictEqual(firesWithin(minutely, at("00:07:10"), at("00:07:50")), undefined)
  })
})

describe("time zones", () => {
  it("the hours are those of the zone's clocks", () => {
    assert.deepStrictEqual(next("0 0 9 * * * *", "2026-01-01T00:00:00Z", 2, "Asia/Shanghai"), [
      "2026-01-01T01:00:00Z",
      "2026-01-02T01:00:00Z",
    ])
    assert.deepStrictEqual(next("0 0 0 1 1 * *", "2026-01-01T00:00:00Z", 2, "America/New_York"), [
      "2026-01-01T05:00:00Z",
      "2027-01-01T05:00:00Z",
    ])
  })

  it("an unknown zone is none", () => {
    assert.strictEqual(timeZone("Mars/Olympus"), undefined)
    assert.isDefined(timeZone("UTC"))
  })

  it("a time that clocks jump over fires as soon as they have jumped", () => {
    // Berlin, 29 March 2026: 02:00 becomes 03:00, at 01:00 UTC.
    assert.deepStrictEqual(next("0 30 2 * * * *", "2026-03-28T12:00:00Z", 2, "Europe/Berlin"), [
      "2026-03-29T01:00:00Z",
      "2026-03-30T00:30:00Z",
    ])
    assert.deepStrictEqual(next("0 15,45 2 * * * *", "2026-03-28T12:00:00Z", 2, "Europe/Berlin"), [
      "2026-03-29T01:00:00Z",
      "2026-03-30T00:15:00Z",
    ])
  })

  it("a time that clocks show twice fires once", () => {
    // Berlin, 25 October 2026: 03:00 becomes 02:00, at 01:00 UTC.
    assert.deepStrictEqual(next("0 30 2 * * * *", "2026-10-24T12:00:00Z", 2, "Europe/Berlin"), [
      "2026-10-25T00:30:00Z",
      "2026-10-26T01:30:00Z",
    ])
    // Asked in the middle of the hour that is shown again.
    assert.deepStrictEqual(next("0 30 2 * * * *", "2026-10-25T01:10:00Z", 1, "Europe/Berlin"), [
      "2026-10-26T01:30:00Z",
    ])
  })

  it("what is for every hour goes on evenly while clocks change", () => {
    for (const day of ["2026-03-29", "2026-10-25"]) {
      const zone = timeZone("Europe/Berlin")!
      let at = Date.parse(`${day}T00:00:00Z`) - 1
      for (let count = 0; count < 36; count++) {
        const fire = nextFire(cron("0 */10 * * * * *"), at, zone)
        assert.strictEqual(text(fire), text(Date.parse(`${day}T00:00:00Z`) + count * 600_000))
        at = fire!
      }
    }
  })
})
