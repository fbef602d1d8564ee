import { assert, describe, it } from "@effect/vitest"
import { klineIntervals } from "../../../src/domain/DataType.ts"
import { countKlines, nextOpenTime, openOf, openTime } from "../../../src/domain/KlineTime.ts"

describe("klines in a period", () => {
  it("are as many as the calendar has, and the last one's open time is its own, for every interval", () => {
    for (const interval of klineIntervals) {
      let open = openTime(interval, Date.UTC(2023, 10, 20))
      const first = open
      for (let count = 1; count <= 30; count++) {
        const next = nextOpenTime(interval, open)
        assert.strictEqual(countKlines(interval, first, next - 1), count, interval)
        assert.strictEqual(openOf(interval, next - 1), open, interval)
        open = next
      }
    }
  })
})
