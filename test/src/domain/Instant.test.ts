import { assert, describe, it } from "@effect/vitest"
import { parseInstant, writeInstant } from "../../../src/domain/Instant.ts"

describe("an instant as text", () => {
  it("is RFC 3339, with any offset and fraction", () => {
    const at = Date.UTC(2026, 0, 31, 23, 59, 59)
    for (const text of [
      "2026-01-31T23:59:59Z",
      "2026-01-31t23:59:59z",
      "2026-02-01T07:59:59+08:00",
      "2026-01-31 20:29:59-03:30",
      "2026-01-31T23:59:60Z",
    ])
      assert.strictEqual(parseInstant(text), at, text)
    assert.strictEqual(parseInstant("2026-01-31T23:59:59.123456789Z"), at + 123)
    assert.strictEqual(parseInstant("2026-01-31T23:59:59.5Z"), at + 500)
    assert.strictEqual(parseInstant("0001-01-01T00:00:00Z"), -62_135_596_800_000)
  })

  it("is none where a calendar or a clock has no such moment", () => {
    for (const text of [
      "",
      "2026-02-30T00:00:00Z",
      "2025-02-29T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z",
      "2026-01-01T24:00:00Z",
      "2026-01-01T00:60:00Z",
      "2026-01-01T00:00:00",
      "2026-01-01",
      "2026-01-01T00:00:00+25:00",
      "1767225600",
      "yesterday",
    ])
      assert.strictEqual(parseInstant(text), undefined, text)
  })

  it("is written with no more digits than it needs", () => {
    assert.strictEqual(writeInstant(Date.UTC(2026, 0, 1)), "2026-01-01T00:00:00Z")
    assert.strictEqual(writeInstant(Date.UTC(2026, 0, 1) + 20), "2026-01-01T00:00:00.020Z")
  })
})
