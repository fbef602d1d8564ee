import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { type TaskDoor } from "../../../services/TaskDoor.ts"
import * as Door from "../../../src/tasks/doors/Door.ts"
import { makeCollection } from "../../support/collectionInMemory.ts"
import { createTask, openDoor } from "../../support/door.ts"
import { ask, makeTap, observability, send, startEdge } from "../../support/edge.ts"
import { makeTasks } from "../../support/tasksInMemory.ts"

const setUp = Effect.fnUntraced(function* (withTable: boolean) {
  const tasks = makeTasks()
  const base = Layer.mergeAll(makeCollection(["binance"]).layer, makeTap().layer, observability)
  const door = withTable
    ? Door.layer().pipe(Layer.provide(tasks.layer))
    : (Layer.empty as Layer.Layer<TaskDoor>)
  const services = yield* Layer.build(Layer.merge(base, door))
  const edge = yield* Effect.provideContext(startEdge("api"), services)
  return { url: yield* edge.url, tasks }
})

describe("POST /task", () => {
  it.live("answers as a direct invocation does, with the status that belongs to it", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp(true)
      const direct = yield* openDoor()
      const bodies = [
        createTask,
        createTask,
        { ...createTask, data_type: "" },
        { action: "list_tasks", status: "running" },
        { action: "delete_task", task_id: "nobody" },
        { type: "nothing" },
        { action: "health_check" },
        {
          httpMethod: "POST",
          path: "/task",
          body: JSON.stringify({ action: "list_tasks", status: "failed" }),
        },
        { Type: "Timer", TriggerName: "t", Time: "", Message: "" },
        "{",
        "[]",
        "",
      ]
      for (const body of bodies) {
        const text = typeof body === "string" ? body : JSON.stringify(body)
        const expected = yield* direct.receive(text)
        const answer = yield* send("POST", `${url}/task`, text)
        assert.deepStrictEqual({ status: answer.status, body: answer.json() }, expected, text)
        assert.match(answer.headers.get("content-type") ?? "", /^application\/json/)
      }
    }),
  )

  it.live("refuses ten megabytes by their size, and goes on", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp(true)
      const large = { ...createTask, dataset: "x".repeat(10 * 1024 * 1024) }
      const answer = yield* send("POST", `${url}/task`, large)
      assert.strictEqual(answer.status, 413)
      assert.strictEqual(answer.json().success, false)
      assert.strictEqual(answer.json().message, "请求体过大")
      assert.isTrue((yield* send("POST", `${url}/task`, createTask)).json().success)
    }),
  )

  it.live("a page of another origin may not touch the table", () =>
    Effect.gen(function* () {
      const { tasks, url } = yield* setUp(true)
      const foreign = yield* ask(`${url}/task`, {
        method: "POST",
        body: JSON.stringify(createTask),
        headers: { origin: "https://example.com" },
      })
      assert.strictEqual(foreign.status, 403)
      assert.isUndefined(tasks.get("task_001"))
    }),
  )

  it.live("says so where there is no table", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp(false)
      const answer = yield* send("POST", `${url}/task`, createTask)
      assert.strictEqual(answer.status, 503)
      assert.match(answer.json().error, /^this instance has no task table/)
    }),
  )

  it.live("stands in the API's description, with its fields", () =>
    Effect.gen(function* () {
      const { url } = yield* setUp(true)
      const api = (yield* ask(`${url}/openapi.json`)).json()
      const { post } = api.paths["/task"]
      assert.include(JSON.stringify(post.requestBody), "TaskEvent")
      assert.include(Object.keys(api.components.schemas.TaskEvent.properties), "symbols")
      assert.include(JSON.stringify(post.responses["200"]), "TaskAnswer")
    }),
  )
})
