import { describe, expect, it } from "@effect/vitest"
import { toPlainDecimal } from "../../../../src/domain/DecimalText.ts"
import { htxPings } from "../../../../src/simulator/venues/htx/Dialogue.ts"
import { number } from "../../../../src/simulator/venues/htx/Wire.ts"

describe("the simulator's HTX", () => {
  it("pings every five seconds, and cuts who left too many unanswered", () => {
    const { tick } = htxPings((time) => `ping ${time}`, 2)
    const said = [0, 4999, 5000, 9999, 10_000, 14_999, 15_000].map(tick)
    expect(said).toEqual([undefined, undefined, "ping 5000", undefined, "ping 10000", undefined, "overdue"])
  })

  it("takes only the number of a ping for its answer", () => {
    const { heard, tick } = htxPings((time) => `ping ${time}`, 1)
    for (const time of [0, 5000]) tick(time)
    heard(4999)
    expect(tick(10_000)).toBe("overdue")
    heard("5000")
    expect(tick(10_000)).toBe("ping 10000")
  })

  it.each([
    ["0.00053", "5.3E-4"],
    ["0.0005", "5E-4"],
    ["0.00050", "5.0E-4"],
    ["0.053", "0.053"],
    ["60000.10", "60000.10"],
  ])("writes %s as %s, which is the same number to the digit", (plain, written) => {
    expect(number(plain)).toBe(written)
    expect(toPlainDecimal(written)).toBe(plain)
  })
})
