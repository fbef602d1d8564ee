import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { pages } from "../../../scripts/configuration/Manual.ts"

describe("the manual of the configuration", () => {
  for (const [file, text] of pages()) {
    it(`${file} says what the schemas say (else: node scripts/configuration/write.ts)`, () => {
      assert.strictEqual(readFileSync(file, "utf8"), text)
    })
  }

  it("describes every key", () => {
    const manual = pages().get("docs/CONFIGURATION.md") ?? ""
    const rows = manual.split("\n").filter((line) => line.startsWith("| `"))
    assert.isAbove(rows.length, 80)
    for (const row of rows) assert.notMatch(row, /\|\s*\|$/, `no meaning: ${row}`)
  })
})
