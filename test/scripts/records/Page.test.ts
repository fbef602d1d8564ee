import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { readFileSync } from "node:fs"
import { pages } from "../../../scripts/records/Page.ts"
import { typeTables } from "../../../scripts/records/Tables.ts"
import { recordTypes } from "../../../src/domain/DataType.ts"
import { parseRecord } from "../../../src/domain/Record.ts"
import { breaches, contract } from "../../support/recordContract.ts"

describe("the manual of the records", () => {
  for (const [file, text] of pages()) {
    it(`${file} says what the Schemas say (else: node scripts/records/write.ts)`, () => {
      assert.strictEqual(readFileSync(file, "utf8"), text)
    })
  }

  const fieldsOf = (markdown: string) =>
    [...markdown.matchAll(/^\| `([\w.]+\??)` \| .+ \| .+ \|$/gm)].map(([, field = ""]) => field)

  for (const type of recordTypes) {
    it(`lists the fields of ${type} that the contract has, in its order, each with a meaning`, () => {
      const wanted = [...contract]
        .filter(([kind]) => kind.split(" ")[0] === type)
        .flatMap(([, fields]) => fields.filter((field) => /^(data\.|revision)/.test(field)))
        .map((field) => field.replace("data.", ""))
      assert.deepStrictEqual(fieldsOf(typeTables(type)), wanted)
    })
  }

  it("shows a record that is one", () => {
    const [, line = ""] = /```json\n(.+)\n```/.exec(pages().get("docs/RECORDS.md") ?? "") ?? []
    assert.deepStrictEqual(breaches(JSON.parse(line) as Record<string, unknown>), [])
    assert.strictEqual(JSON.stringify(parseRecord(line)), line)
  })
})

describe("the JSON Schema of the records", () => {
  const schema = JSON.parse(pages().get("config/record.schema.json") ?? "") as Record<string, unknown>

  it("has a definition for each type, and no reference without one", () => {
    const text = JSON.stringify(schema)
    const defined = Object.keys(schema["$defs"] as object)
    const referred = [...text.matchAll(/"#\/\$defs\/(\w+)"/g)].map(([, name = ""]) => name)
    assert.deepStrictEqual([...new Set(referred)].sort(), defined.toSorted())
    assert.lengthOf(
      defined.filter((name) => name.endsWith("Record")),
      recordTypes.length,
    )
  })

  it("keeps what the Schemas demand of texts", () => {
    const { $defs } = schema as { $defs: Record<string, { pattern?: string }> }
    for (const name of ["Decimal", "Quantity", "Sequence"])
      assert.isTrue(Schema.is(Schema.NonEmptyString)($defs[name]?.pattern), name)
  })
})
