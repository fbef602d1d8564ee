import { assert, describe, it } from "@effect/vitest"
import { Registry } from "../../../../src/nodes/control/Registry.ts"

const day = 86_400_000

const report = (nodeId: string) => ({ nodeId, nodeType: "scf", tasksMd5: "empty", version: "", metadata: {} })

describe("the nodes that are known", () => {
  it("are those that were heard within a week: who is gone for good is forgotten", () => {
    const registry = new Registry()
    for (let each = 0; each < 30; each++) registry.heard(report(`n${each}`), 0, each * day)
    assert.deepStrictEqual(
      registry.list().map(({ nodeId }) => nodeId),
      ["n23", "n24", "n25", "n26", "n27", "n28", "n29"],
    )
  })

  it("are no more than there is room for: those heard longest ago go first", () => {
    const registry = new Registry(2)
    for (const id of ["a", "b", "a", "c"]) registry.heard(report(id), 0, 0)
    assert.deepStrictEqual(
      registry.list().map(({ nodeId }) => nodeId),
      ["a", "c"],
    )
  })

  it("may collect from anything again once they do not say from what", () => {
    const registry = new Registry()
    registry.heard({ ...report("a"), sources: ["binance"] }, 0, 0)
    assert.deepStrictEqual(registry.get("a")?.sources, ["binance"])
    registry.heard(report("a"), 0, 0)
    assert.isUndefined(registry.get("a")?.sources)
  })
})
