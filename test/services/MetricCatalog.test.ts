import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { definitions, metricTags } from "../../services/MetricCatalog.ts"

interface Documented {
  readonly name: string
  readonly kind: string
  readonly tags: ReadonlyArray<string>
  readonly help: string
}

const page = readFileSync("docs/METRICS.md", "utf8")

const documented: ReadonlyArray<Documented> = page
  .split("\n")
  .map((line) => /^\| `(millrace_\w+)`\s+\| (\w+)\s+\| (.*?)\s*\| (.+?)\s*\|$/.exec(line))
  .filter((match) => match !== null)
  .map(([, name, kind, tags, help]) => ({
    name: name!,
    kind: kind!,
    tags: [...tags!.matchAll(/`(\w+)`/g)].map(([, tag]) => tag!),
    help: help!,
  }))

const byName = <A extends { readonly name: string }>(all: ReadonlyArray<A>) =>
  all.toSorted((left, right) => left.name.localeCompare(right.name))

describe("the catalogue of metrics", () => {
  it("is that of docs/METRICS.md: names, kinds, tags and words", () => {
    assert.deepStrictEqual(
      byName(documented),
      byName(definitions.map((each) => ({ ...each, tags: [...each.tags] }))),
    )
  })

  it("takes its tags from the closed list, which the page gives whole", () => {
    const listed = [...(/closed list: ([^.]+)\./s.exec(page)?.[1] ?? "").matchAll(/`(\w+)`/g)].map(
      ([, tag]) => tag,
    )
    assert.deepStrictEqual(listed, [...metricTags])
    for (const { tags, name } of definitions) {
      assert.includeMembers([...metricTags], [...tags], name)
      assert.strictEqual(new Set(tags).size, tags.length, name)
    }
  })

  for (const { name, kind } of definitions) {
    it(`${name} is a name by the rules`, () => {
      assert.match(name, /^millrace(_[a-z][a-z0-9]*)+$/)
      assert.strictEqual(name.endsWith("_total"), kind === "counter")
      assert.notMatch(name, /_(bucket|sum|count|millis|kilobytes|percent)$/)
      assert.notMatch(name, /_(millis|ms|kb|mb)(_|$)/)
      if (kind === "histogram") assert.match(name, /_(seconds|bytes)$/)
    })
  }
})
