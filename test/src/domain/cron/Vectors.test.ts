import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { readFileSync } from "node:fs"
import { granularityOf, parseCron } from "../../../../src/domain/cron/Cron.ts"
import { nextFires } from "../../../../src/domain/cron/CronNext.ts"
import { recordingsAbsent, recordingsFolder } from "../../../support/recordings.ts"

interface Vector {
  readonly expr: string
  readonly granularity: string
  readonly from?: string
  readonly next?: ReadonlyArray<string>
  readonly error?: string
}

const vectors = (): ReadonlyArray<Vector> =>
  (
    JSON.parse(readFileSync(`${recordingsFolder}/nodes/vectors-cron.json`, "utf8")) as {
      readonly vectors: ReadonlyArray<Vector>
    }
  ).vectors

/** A row without a start shares that of the others. */
const start = "2026-01-01T00:00:00Z"

const found = ({ expr, from = start, next }: Vector) => {
  const granularity = granularityOf(expr)
  const cron = parseCron(expr)
  if (Result.isFailure(cron)) return { expr, granularity, error: cron.failure.message }
  const times = nextFires(cron.success, Date.parse(from), next?.length ?? 1)
  return { expr, granularity, next: times.map((at) => new Date(at).toISOString().replace(".000Z", "Z")) }
}

describe.skipIf(recordingsAbsent)("recorded cron expressions", () => {
  it("fire, or are refused, exactly as they were by the nodes that they come from", () => {
    const rows = vectors()
    assert.isAbove(rows.length, 20)
    for (const row of rows) {
      const { from: _, ...expected } = row
      assert.deepStrictEqual(found(row), expected)
    }
  })
})
