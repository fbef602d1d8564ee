import { assert, describe, it } from "@effect/vitest"
import { RateMeter } from "../../../src/runtime/RateMeter.ts"

describe("RateMeter", () => {
  it("gives the mean of the last ten whole seconds", () => {
    const meter = new RateMeter()
    for (let second = 0; second < 30; second++) meter.mark(second < 20 ? 1000 : 100, second * 1000 + 500)
    assert.strictEqual(meter.perSecond(30_000), 100)
    assert.strictEqual(meter.perSecond(25_000), meter.perSecond(30_000))
  })

  it("leaves out the second that has just begun", () => {
    const meter = new RateMeter()
    meter.mark(500, 1000)
    meter.mark(500, 2000)
    assert.strictEqual(meter.perSecond(2001), 500)
  })

  it("falls to nothing within ten seconds of silence", () => {
    const meter = new RateMeter()
    meter.mark(100, 0)
    assert.strictEqual(meter.perSecond(1000), 100)
    assert.strictEqual(meter.perSecond(5000), 20)
    assert.strictEqual(meter.perSecond(11_000), 0)
    meter.mark(50, 60_000)
    assert.strictEqual(meter.perSecond(61_000), 5)
  })

  it("is 0 before anything came", () => {
    assert.strictEqual(new RateMeter().perSecond(1_000_000), 0)
  })
})
