import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { writeInstant } from "../../../src/domain/Instant.ts"
import type { TaskSpec } from "../../../src/domain/Task.ts"
import { noon, specOf } from "../../support/tasks.ts"
import { memoryStore, scriptedRunner, startTable } from "../../support/taskTable.ts"

const half = String.fromCharCode(0xd801)

describe("a task that would harm others", () => {
  it.effect(
    "is refused whichever door it comes by: text that cannot be kept, times that cannot be written",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(noon)
        const tasks = yield* startTable(yield* memoryStore, scriptedRunner())
        const refusal = (id: string, change: Partial<TaskSpec>) =>
          Effect.map(Effect.flip(tasks.create(specOf(id, change), "api")), ({ message }) => message)
        const window = (start: number, end?: number) => ({
          window: end === undefined ? { start } : { start, end },
        })
        assert.match(
          yield* refusal(`a${half}`, {}),
          /^the id "a\\ud801" is longer than 1024 characters, or one/,
        )
        assert.match(yield* refusal("x".repeat(1025), {}), /^the id "x+" is longer/)
        assert.match(yield* refusal("a", { projectId: "p\u0000" }), /^projectId "p\\u0000" has a character/)
        assert.match(
          yield* refusal("a", { symbols: ["BTC-USDT", "a\u0001"] }),
          /^the symbol "a\\u0001" is longer/,
        )
        for (const at of [8.7e15, -8.7e15, 253_402_300_800_000])
          assert.match(yield* refusal("a", window(at, at + 1)), /is no time of a window/)
        assert.match(yield* refusal("a", window(noon, noon)), /^end_time .* is not after start_time/)
        yield* tasks.create(specOf("whole", window(-62_135_596_800_000, 253_402_300_799_000)), "api")
        const change = yield* Effect.flip(tasks.update("whole", { symbols: [half] }))
        assert.match(change.message, /^the symbol/)
        assert.deepStrictEqual(
          (yield* tasks.list()).map(({ spec }) => writeInstant(spec.window.end!)),
          ["9999-12-31T23:59:59Z"],
        )
      }).pipe(Effect.scoped),
  )
})
