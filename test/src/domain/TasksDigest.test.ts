import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import type { TaskInstance } from "../../../src/domain/TaskInstance.ts"
import { tasksDigest } from "../../../src/domain/TasksDigest.ts"
import { recordingsAbsent, recordingsFolder } from "../../support/recordings.ts"

describe("tasks_md5", () => {
  it.skipIf(recordingsAbsent)("is what nodes have always reported", () => {
    const { vectors } = JSON.parse(
      readFileSync(`${recordingsFolder}/nodes/vectors-tasks-md5.json`, "utf8"),
    ) as {
      readonly vectors: ReadonlyArray<{
        readonly tasks: ReadonlyArray<TaskInstance>
        readonly tasks_md5: string
      }>
    }
    assert.isAbove(vectors.length, 5)
    for (const { tasks, tasks_md5 } of vectors) assert.strictEqual(tasksDigest(tasks), tasks_md5)
  })

  it("knows ids alone, in whatever order, and leaves out what is not to be run", () => {
    const good = { task_id: "task-001", invalid: 0 }
    const bad = { task_id: "task-bad", invalid: 0 }
    const off = { task_id: "task-off", invalid: 1 }
    assert.strictEqual(tasksDigest([bad, off, good]), "470b4be03aa24ebbf89de25a060eed2a")
    assert.strictEqual(tasksDigest([off]), "empty")
  })

  it("sorts by bytes, not by what a language thinks of letters", () => {
    const ids = (...names: ReadonlyArray<string>) =>
      tasksDigest(names.map((task_id) => ({ task_id, invalid: 0 })))
    assert.strictEqual(ids("b", "B", "a10", "a2", "任务"), "a05ff90071f6c6f17feed9abdfd4c048")
    assert.strictEqual(ids("任务", "a2", "a10", "B", "b"), "a05ff90071f6c6f17feed9abdfd4c048")
  })
})
