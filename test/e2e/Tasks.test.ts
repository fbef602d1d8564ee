import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { Task } from "../../src/domain/Task.ts"
import { allLive, statusOf, statusWhen } from "../support/instance.ts"
import { eventually, request, runOneVenue, startProgram, temporaryFolder } from "../support/process.ts"
import { parsePrometheus } from "../support/prometheus.ts"

const running = Effect.fnUntraced(function* (cwd: string) {
  const program = yield* startProgram(runOneVenue, { cwd, env: { MILLRACE_SERVER__PORT: "0" } })
  const api = yield* program.api
  yield* statusWhen(api, "all streams are live", allLive)
  return { program, tasks: `${api}/api/v1/tasks`, api }
})

interface Page {
  readonly tasks: ReadonlyArray<Task>
  readonly counts: Readonly<Record<string, number>>
}

const listed = (tasks: string, query = "") =>
  Effect.map(request(`${tasks}${query}`), ({ status, text }) => {
    assert.strictEqual(status, 200, text)
    return JSON.parse(text) as Page
  })

const idsOf = ({ tasks }: Page) => tasks.map(({ spec }) => spec.id)

/** A window of the simulator's past, and a task that waits for midnight. */
const backfill = {
  id: "backfill",
  dataType: "kline",
  source: "binance",
  symbols: ["BTC-USDT"],
  schedule: { kind: "once" },
  params: { interval: "1m" },
  historyDays: 1,
}

const nightly = {
  ...backfill,
  id: "nightly",
  symbols: ["ETH-USDT"],
  schedule: { kind: "cron", expression: "0 0 * * *" },
}

const storeOf = (cwd: string) => join(cwd, "data", "tasks.db")

describe("tasks of a running millrace", { timeout: 240_000 }, () => {
  it.live("are made by the API, run, seen with the subscriptions, and there again after kill -9", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const first = yield* running(cwd)
      const subscribed = yield* listed(first.tasks, "?text=btc%20trade")
      assert.deepStrictEqual(idsOf(subscribed), ["stream:binance:trade:BTC-USDT"])
      assert.deepStrictEqual(
        subscribed.tasks.map(({ origin, state }) => [origin, state]),
        [["file", "running"]],
      )
      assert.isFalse(existsSync(storeOf(cwd)), "no store before the first task")

      const made = yield* request(first.tasks, "POST", nightly)
      assert.strictEqual(made.status, 200, made.text)
      assert.isTrue(existsSync(storeOf(cwd)))
      assert.strictEqual((yield* request(first.tasks, "POST", nightly)).status, 409)
      assert.strictEqual((yield* request(first.tasks, "POST", backfill)).status, 200)
      const ended = yield* eventually(
        "the backfill has ended",
        Effect.map(listed(first.tasks, "?text=backfill"), ({ tasks: [task] }) =>
          task?.state === "completed" ? task : undefined,
        ),
      )
      assert.isAbove(ended.statistics.requests, 0)
      const { actors } = yield* statusOf(first.api)
      assert.strictEqual(
        actors.find(({ path }) => path === "millrace/core/work/tasks/scheduler")?.state,
        "running",
      )

      first.program.process.kill("SIGKILL")
      yield* first.program.ended
      const second = yield* running(cwd)
      const page = yield* listed(second.tasks, "?text=eth%20kline")
      assert.include(idsOf(page), "nightly")
      const kept = yield* listed(second.tasks, "?project=default")
      assert.deepStrictEqual(
        kept.tasks.map(({ spec, state }) => `${spec.id} ${state}`),
        ["backfill completed", "nightly pending"],
      )
      const families = parsePrometheus((yield* request(`${second.api}/metrics`)).text)
      const pending = families
        .get("millrace_tasks")
        ?.samples.find(({ labels }) => labels["state"] === "pending")
      assert.strictEqual(pending?.value, 1)

      const removed = yield* request(`${second.tasks}/stream:binance:trade:BTC-USDT`, "DELETE")
      assert.strictEqual(removed.status, 200, removed.text)
      yield* eventually(
        "the subscription is gone",
        Effect.map(listed(second.tasks, "?text=btc%20trade"), (left) =>
          left.tasks.length === 0 ? true : undefined,
        ),
      )
    }),
  )

  it.live("that cannot be had are refused by name, and nothing is kept of them", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const { tasks } = yield* running(cwd)
      const refusal = (body: unknown) =>
        Effect.map(request(tasks, "POST", body), ({ status, text }) => {
          assert.strictEqual(status, 400, text)
          return text
        })
      assert.match(yield* refusal({ ...backfill, source: "binanse" }), /binanse.*did you mean.*binance/i)
      assert.match(
        yield* refusal({ ...backfill, schedule: { kind: "cron", expression: "61 * * * *" } }),
        /frequency/,
      )
      assert.match(yield* refusal({ ...backfill, window: { start: 5, end: 4 } }), /not after/)
      assert.match(yield* refusal({ ...backfill, symbols: [] }), /at least one/)
      assert.match(yield* refusal({ ...backfill, params: { retry: 5 } }), /retry: expected/)
      assert.strictEqual((yield* request(`${tasks}/nobody`)).status, 404)
      assert.strictEqual((yield* request(`${tasks}/nobody/run`, "POST")).status, 404)
      assert.strictEqual((yield* request(`${tasks}?limit=0`)).status, 400)
      assert.isFalse(existsSync(storeOf(cwd)))
    }),
  )
})
