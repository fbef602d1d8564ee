import { assert, describe, it } from "@effect/vitest"
import { Waiters } from "../../../src/runtime/Waiters.ts"

describe("waiters", () => {
  it("stand in the order in which they came, and leave from anywhere", () => {
    const waiters = new Waiters<string>()
    for (const name of ["a", "b", "c", "d"]) waiters.add(name)
    assert.isTrue(waiters.delete("b"))
    assert.isFalse(waiters.delete("b"))
    assert.isFalse(waiters.has("b"))
    assert.isTrue(waiters.has("c"))
    assert.strictEqual(waiters.first, "a")
    assert.isTrue(waiters.delete("a"))
    assert.strictEqual(waiters.first, "c")
    assert.deepStrictEqual(waiters.all(), ["c", "d"])
    assert.deepStrictEqual([...waiters], ["c", "d"])
    assert.strictEqual(waiters.size, 2)
  })

  it("may leave while somebody goes through them", () => {
    const waiters = new Waiters<number>()
    for (let waiter = 0; waiter < 10; waiter++) waiters.add(waiter)
    const seen = waiters.all().filter((waiter) => waiters.delete(waiter))
    assert.deepStrictEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert.strictEqual(waiters.size, 0)
    assert.isUndefined(waiters.first)
  })
})
