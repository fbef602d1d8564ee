import { assert, describe, it } from "@effect/vitest"
import * as RestartIntensity from "../../../../src/runtime/supervision/RestartIntensity.ts"

describe("restart intensity", () => {
  it("admits so many restarts within its period, and not one more", () => {
    const intensity = RestartIntensity.make({ max: 3, withinMillis: 100 })
    assert.deepStrictEqual([0, 1, 2, 3].map(intensity.admits), [true, true, true, false])
  })

  it("still counts a restart exactly as long ago as its period, as OTP does", () => {
    const intensity = RestartIntensity.make({ max: 1, withinMillis: 100 })
    assert.deepStrictEqual([0, 100].map(intensity.admits), [true, false])
    const later = RestartIntensity.make({ max: 1, withinMillis: 100 })
    assert.deepStrictEqual([0, 101, 202].map(later.admits), [true, true, true])
  })

  it("admits none at a maximum of 0", () => {
    assert.isFalse(RestartIntensity.make({ max: 0, withinMillis: 1 }).admits(0))
  })
})
