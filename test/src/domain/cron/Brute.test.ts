import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { parseCron } from "../../../../src/domain/cron/Cron.ts"
import { nextFire } from "../../../../src/domain/cron/CronNext.ts"
import { timeZone } from "../../../../src/domain/cron/TimeZone.ts"
import { type Dice, withSeeds } from "../../../support/seed.ts"

/** A field as text, and what it means, found without the parser. */
interface Field {
  readonly text: string
  readonly any: boolean
  readonly has: (value: number) => boolean
}

const anything: Field = { text: "*", any: true, has: () => true }

const listed = (dice: Dice, min: number, max: number): Field => {
  const value = () => min + dice.int(max - min + 1)
  const values = Array.from({ length: 1 + dice.int(3) }, value)
  return { text: values.join(","), any: false, has: (each) => values.includes(each) }
}

const spanned = (dice: Dice, min: number, max: number): Field => {
  const from = min + dice.int(max - min + 1)
  const to = from + dice.int(max - from + 1)
  const step = 1 + dice.int(Math.min(max, 7))
  return {
    text: `${from}-${to}/${step}`,
    any: false,
    has: (each) => each >= from && each <= to && (each - from) % step === 0,
  }
}

const stepped = (dice: Dice, min: number, max: number): Field => {
  const step = 1 + dice.int(Math.min(max, 10))
  return { text: `*/${step}`, any: false, has: (each) => (each - min) % step === 0 }
}

const randomField = (dice: Dice, min: number, max: number): Field =>
  dice.chance(0.35) ? anything : dice.pick([listed, spanned, stepped])(dice, min, max)

const randomExpression = (dice: Dice) => {
  const second = dice.chance(0.5) ? { text: "0", any: false, has: (at: number) => at === 0 } : undefined
  const seconds = second ?? randomField(dice, 0, 59)
  const minutes = randomField(dice, 0, 59)
  const hours = randomField(dice, 0, 23)
  const days = randomField(dice, 1, 31)
  const months = dice.chance(0.7) ? anything : randomField(dice, 1, 12)
  const weekdays = randomField(dice, 0, 6)
  const fields = [seconds, minutes, hours, days, months, weekdays].map(({ text }) => text)
  const dayMatches = (date: Date): boolean => {
    const byMonth = days.has(date.getUTCDate())
    const byWeek = weekdays.has(date.getUTCDay())
    return days.any || weekdays.any ? byMonth && byWeek : byMonth || byWeek
  }
  return {
    text: [...fields, "*"].join(" "),
    matches: (date: Date): boolean =>
      months.has(date.getUTCMonth() + 1) &&
      dayMatches(date) &&
      hours.has(date.getUTCHours()) &&
      minutes.has(date.getUTCMinutes()) &&
      seconds.has(date.getUTCSeconds()),
  }
}

const second = 1000
const randomInstant = (dice: Dice): number => Date.UTC(2024 + dice.int(6), 0) + dice.int(31_536_000) * second

describe("next", () => {
  it.effect("is the first second that matches, second by second", () =>
    withSeeds(150, (dice) =>
      Effect.sync(() => {
        const expression = randomExpression(dice)
        const cron = Result.getOrThrow(parseCron(expression.text))
        const after = randomInstant(dice)
        const next = nextFire(cron, after)
        let walked = after + second
        const end = Math.min(next ?? Infinity, after + 20_000 * second)
        while (walked < end && !expression.matches(new Date(walked))) walked += second
        const where = `${expression.text} after ${new Date(after).toISOString()}`
        if (walked !== next) assert.isAbove(next ?? Infinity, after + 20_000 * second - 1, where)
        if (next !== undefined) assert.isTrue(expression.matches(new Date(next)), where)
      }),
    ),
  )

  it.effect("does not depend on where between two fires it is asked", () =>
    withSeeds(100, (dice) =>
      Effect.sync(() => {
        const { text } = randomExpression(dice)
        const cron = Result.getOrThrow(parseCron(text))
        const zone = timeZone(dice.pick(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]))!
        const after = randomInstant(dice)
        const next = nextFire(cron, after, zone)
        if (next === undefined) return
        assert.isAbove(next, after)
        const between = after + dice.int(next - after)
        assert.strictEqual(nextFire(cron, between, zone), next, `${text} in ${zone.name} after ${between}`)
      }),
    ),
  )
})
