import { assert, describe, it } from "@effect/vitest"
import { causeText } from "../../../src/domain/CauseText.ts"

describe("what an error of a connection says", () => {
  it("is what lies at its bottom, each thing once, and never nothing", () => {
    const refused = (address: string) => new Error(`connect ECONNREFUSED ${address}`)
    const both = new AggregateError([refused("::1:80"), refused("127.0.0.1:80"), refused("::1:80")])
    const said = "connect ECONNREFUSED ::1:80; connect ECONNREFUSED 127.0.0.1:80"
    assert.strictEqual(causeText(both), said)
    assert.strictEqual(causeText(new Error("fetch failed", { cause: both })), said)
    assert.strictEqual(causeText(new Error("Transport", { cause: new TypeError("") })), "TypeError")
    assert.strictEqual(
      causeText(Object.assign(new Error(""), { code: "ERR_INVALID_URL" })),
      "ERR_INVALID_URL",
    )
    assert.strictEqual(causeText("odd"), "odd")
  })
})
