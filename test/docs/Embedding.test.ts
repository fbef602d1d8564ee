import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"

const manual = readFileSync("docs/EMBEDDING.md", "utf8")

/** Code blocks of a page, by their language. */
const blocks = (language: string) =>
  [...manual.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, each, code]) =>
    each === language ? [code] : [],
  )

describe("docs/EMBEDDING.md", () => {
  for (const [language, file] of [
    ["js", "examples/embed-node/main.mjs"],
    ["ts", "examples/embed-effect/main.ts"],
  ] as const) {
    it(`shows ${file} as it is`, () => {
      assert.deepStrictEqual(blocks(language), [readFileSync(file, "utf8")])
    })
  }
})
