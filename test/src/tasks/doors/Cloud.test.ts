import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { createTask, openDoor } from "../../../support/door.ts"
import { withSeeds } from "../../../support/seed.ts"

const list = { action: "list_tasks" }

/** As the platform's API gateway calls a function. */
const gateway = (body: unknown, more: object = {}) => ({
  headerParameters: {},
  headers: { "content-type": "application/json", host: "service-1.gz.apigw.example" },
  httpMethod: "POST",
  isBase64Encoded: false,
  path: "/task",
  pathParameters: {},
  queryString: {},
  requestContext: { httpMethod: "ANY", path: "/task", stage: "release" },
  body: typeof body === "string" ? body : JSON.stringify(body),
  ...more,
})

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64")

describe("an event of the API gateway", () => {
  it.effect("is answered as the same event is that comes directly", () =>
    Effect.gen(function* () {
      for (const event of [
        createTask,
        { ...createTask, data_type: "" },
        list,
        { action: "no" },
        { type: "health" },
      ]) {
        const direct = yield* (yield* openDoor()).answer(event)
        for (const wrapped of [
          gateway(event),
          gateway(base64(event), { isBase64Encoded: true }),
          gateway(base64(event), { isBase64Encoded: undefined }),
          gateway("", { body: event }),
          gateway(`\uFEFF${JSON.stringify(event)}`),
          gateway(event, { path: "/release/task/" }),
        ])
          assert.deepStrictEqual(yield* (yield* openDoor()).answer(wrapped), direct)
        assert.deepStrictEqual(yield* (yield* openDoor()).receive(JSON.stringify(event)), direct)
        assert.deepStrictEqual(yield* (yield* openDoor()).receive(Buffer.from(JSON.stringify(event))), direct)
      }
    }),
  )

  it.effect("knows a node's own paths", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      const health = yield* door.ask(gateway("", { httpMethod: "GET", path: "/release/health" }))
      assert.deepInclude(health["data"], { status: "healthy" })
      const probe = yield* door.ask(gateway({ server_ip: "10.0.0.1" }, { path: "/probe" }))
      assert.strictEqual(probe["message"], "心跳探测失败")
    }),
  )

  it.effect("with a body that is none is refused", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      for (const body of ["", "{", "[]", "7", "null", "<html>", "action=list_tasks"]) {
        const answer = yield* door.answer(gateway(body))
        assert.strictEqual(answer.status, 400)
        assert.match(String(answer.body["error"]), /^请求体不是合法的JSON对象/)
      }
      assert.strictEqual((yield* door.ask(gateway(gateway(list))))["error"], "事件嵌套过深")
    }),
  )
})

describe("an event of the cloud's timer", () => {
  it.effect("runs what is due, and says what came of it", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      for (const task_id of ["now", "soon", "later", "ended"]) yield* door.ask({ ...createTask, task_id })
      yield* door.tasks.set("now", { nextRun: Date.UTC(2026, 0, 1) })
      yield* door.tasks.set("later", { nextRun: Date.UTC(2026, 0, 2) })
      yield* door.tasks.set("ended", { nextRun: 0, state: "failed" })
      const timer = { Type: "Timer", TriggerName: "every-minute", Time: "2026-01-01T00:00:00Z", Message: "" }
      assert.deepStrictEqual(yield* door.ask(timer), {
        success: true,
        data: {
          trigger: "every-minute",
          tasks: [{ task_id: "now", status: "completed" }],
          message: "到期任务执行完成",
        },
      })
    }),
  )
})

describe("an event that makes a task due", () => {
  const now = Date.UTC(2026, 0, 1)
  const made = Effect.fnUntraced(function* (eventsAlone: boolean) {
    yield* TestClock.setTime(now)
    const settled: Array<number> = []
    const door = yield* openDoor({
      eventsAlone,
      eventBudget: "10 minutes",
      settled: (until) => Effect.sync(() => void settled.push(until)),
    })
    for (const task_id of ["mine", "other"]) {
      yield* door.ask({ ...createTask, task_id })
      yield* door.tasks.set(task_id, { nextRun: now })
    }
    const states = () => ["mine", "other"].map((id) => door.tasks.get(id)?.state)
    return { door, settled, states }
  })

  it.effect("is answered once that one has run, where nothing but events starts work", () =>
    Effect.gen(function* () {
      for (const event of [
        { action: "start_task" },
        { action: "update_task", config: { batch_size: 7 } },
        { action: "rollback_task", revision: 1 },
      ]) {
        const { door, settled, states } = yield* made(true)
        const answer = yield* door.ask({ ...event, task_id: "mine" })
        assert.strictEqual(answer.success, true, JSON.stringify(answer))
        assert.deepStrictEqual(states(), ["completed", "pending"], event.action)
        assert.deepStrictEqual(settled, [now + 600_000])
        yield* door.ask({ action: "get_task_status", task_id: "other" })
        assert.lengthOf(settled, 1)
      }
    }),
  )

  it.effect("is answered at once elsewhere: its time comes by itself", () =>
    Effect.gen(function* () {
      const { door, settled, states } = yield* made(false)
      yield* door.ask({ action: "start_task", task_id: "mine" })
      assert.deepStrictEqual(states(), ["pending", "pending"])
      assert.deepStrictEqual(settled, [])
    }),
  )
})

describe("a body", () => {
  it.effect("of ten megabytes is refused by its size, whatever is in it", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      const large = JSON.stringify({ ...createTask, dataset: "x".repeat(10 * 1024 * 1024) })
      for (const body of [large, Buffer.from(large)])
        assert.deepStrictEqual(yield* door.receive(body), {
          status: 413,
          body: { success: false, message: "请求体过大", error: "请求体超过1048576 bytes" },
        })
    }),
  )

  it.effect("of anything at all is answered", () =>
    withSeeds(40, (dice) =>
      Effect.gen(function* () {
        const door = yield* openDoor()
        const names = Object.keys(createTask).concat(
          "type",
          "config",
          "data",
          "tasks",
          "httpMethod",
          "body",
          "Type",
        )
        const value = (depth: number): unknown => {
          const roll = dice.int(depth > 2 ? 9 : 11)
          if (roll < 3)
            return dice.pick([
              "",
              "task",
              "create_task",
              "update_task",
              "POST",
              "Timer",
              "1h",
              "\u0000",
              "config",
            ])
          if (roll < 5) return dice.pick([0, -1, 1e300, 0.5, 2 ** 53])
          if (roll < 7) return dice.pick([null, true, false])
          if (roll < 9) return dice.pick(Object.values(createTask))
          if (roll === 9) return Array.from({ length: dice.int(4) }, () => value(depth + 1))
          return object(depth + 1)
        }
        const object = (depth: number): object =>
          Object.fromEntries(Array.from({ length: dice.int(8) }, () => [dice.pick(names), value(depth)]))
        for (let count = 0; count < 20; count++) {
          const event = dice.chance(0.8) ? { ...createTask, ...object(0) } : value(0)
          const { body, status } = yield* door.receive(JSON.stringify(event) ?? "")
          const shown = `${JSON.stringify(event)} ${JSON.stringify(body)}`
          assert.include([200, 400], status, shown)
          assert.strictEqual(typeof body["success"], "boolean", shown)
          if (body["success"] === false) {
            assert.isNotEmpty(body["message"], shown)
            assert.isNotEmpty(body["error"], shown)
          }
        }
      }),
    ),
  )
})
