import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { FetchHttpClient } from "effect/http"
import type { TaskInstance } from "../../../src/domain/TaskInstance.ts"
import { tasksDigest } from "../../../src/domain/TasksDigest.ts"
import { leapingClock } from "../../support/clock.ts"
import { type Control, startControl } from "../../support/control.ts"
import { at, heartbeatPath, startPeer, statusPath } from "../../support/nodePeers.ts"
import { eventually, freePort, request, untilTrue } from "../../support/process.ts"

const createTask = {
  action: "create_task",
  task_id: "t1",
  project_id: "p",
  dataset: "d",
  data_type: "kline",
  source: "binance",
  symbols: ["BTCUSDT"],
  frequency: "1m",
}

const listOf = (answer: unknown) => at(answer, "data", 0, "task_instances") as ReadonlyArray<TaskInstance>

/** Beats until it is given something. */
const untilGiven = ({ beat }: Pick<Control, "beat">, node: string) =>
  eventually(
    `${node} is given a task`,
    Effect.map(beat(node, "empty"), (answer) => (listOf(answer).length > 0 ? listOf(answer) : undefined)),
  )

describe("a control plane", { timeout: 120_000 }, () => {
  it.live("describes all that it answers, on a page without a network and for programs", () =>
    Effect.gen(function* () {
      const { client, url } = yield* startControl()
      const spec = JSON.parse((yield* request(`${url}/openapi.json`)).text)
      assert.includeMembers(Object.keys(spec.paths), [
        "/health",
        "/ready",
        "/metrics",
        "/api/v1/nodes",
        "/api/v1/instances",
        "/api/v1/packages",
        "/packages/{file}",
        "/gateway/cloudnode/ReportHeartbeatInner",
        "/gateway/cloudnode/RegisterNode",
        "/gateway/collectmgr/ReportTaskStatus",
        "/task",
        "/api/v1/tasks",
        "/api/v1/tasks/{id}",
      ])
      const page = yield* request(`${url}/docs`)
      assert.strictEqual(page.status, 200)
      assert.notMatch(page.text, /<(script|link|img)[^>]+(src|href)=["']https?:/)
      assert.include(page.text, "Millrace control plane")
      assert.deepStrictEqual(yield* client.health(), { status: "ok", version: "1.2.3" })
      assert.deepStrictEqual(yield* client.ready(), { ready: true, reasons: [] })
      const missing = yield* request(`${url}/packages/none.zip`)
      assert.strictEqual(missing.status, 404)
      assert.include(missing.text, "/api/v1/packages lists them")
    }).pipe(Effect.provide(FetchHttpClient.layer), Effect.scoped),
  )

  it.live("lists a node as it registered, with how it fares as it says with its heartbeats", () =>
    Effect.gen(function* () {
      const { beat, client, post } = yield* startControl()
      const metrics = {
        cpu_usage: 12.5,
        memory_usage: 80,
        task_count: 3,
        success_rate: 0.75,
        error_count: 1,
        last_error: "upstream 429",
      }
      yield* post("/gateway/cloudnode/RegisterNode", {
        node_id: "n1",
        node_type: "scf",
        region: "ap-guangzhou",
        namespace: "prod",
        capabilities: ["kline", "ticker"],
        metadata: { version: "v1.0.0", os: "linux" },
      })
      yield* beat("n1", "empty", { metrics, running_version: "v1.0.1" })
      // What a heartbeat does not say again still counts.
      yield* beat("n1", "empty", { running_version: "v1.0.1" })
      const [node] = yield* client.nodes()
      const { firstSeen, lastSeen, ...shown } = node!
      assert.isAtMost(firstSeen, lastSeen)
      assert.deepStrictEqual(shown, {
        nodeId: "n1",
        nodeType: "scf",
        presence: "online",
        version: "v1.0.1",
        region: "ap-guangzhou",
        namespace: "prod",
        capabilities: ["kline", "ticker"],
        instances: 0,
        current: true,
        tasksMd5: "empty",
        metrics,
        measuredBy: "heartbeat",
        metadata: {},
        reports: 3,
      })
    }).pipe(Effect.provide(FetchHttpClient.layer), Effect.scoped),
  )

  it.live("asks nodes that do not say how they fare, and tells them where to report", () =>
    Effect.gen(function* () {
      const metrics = { cpu_usage: 1, memory_usage: 2, task_count: 0, success_rate: 1, error_count: 0 }
      const gateway = yield* startPeer(() => ({ body: { success: true, data: { details: { metrics } } } }))
      const { beat, client, url } = yield* startControl({
        nodes: [{ id: "old", url: gateway.url }],
        probeInterval: "100 millis",
      })
      yield* untilTrue("it is probed", () => gateway.to("/probe").length > 0)
      const probe = gateway.to("/probe")[0]!.body
      assert.strictEqual(`http://${at(probe, "server_ip")}:${at(probe, "server_port")}`, url)
      yield* beat("old", "empty")
      const node = yield* eventually(
        "it is measured",
        Effect.map(client.nodes(), ([first]) => (first?.metrics === undefined ? undefined : first)),
      )
      assert.deepStrictEqual([node.metrics, node.measuredBy], [metrics, "probe"])
    }).pipe(Effect.provide(FetchHttpClient.layer), Effect.scoped),
  )

  it.live(
    "shows what nodes say of a task that goes on, through every door, until they say that it works",
    () =>
      Effect.gen(function* () {
        const control = yield* startControl()
        const { client, post, report } = control
        yield* control.beat("n1", "empty")
        yield* post("/task", createTask)
        yield* untilGiven(control, "n1")
        const errorByAction = Effect.map(
          post("/task", { action: "get_task_status", task_id: "t1" }),
          (answer) => [at(answer, "data", "status"), at(answer, "data", "error")],
        )
        yield* report("n1", "t1", 4, "upstream 429")
        const task = yield* eventually(
          "the task has its error",
          Effect.map(client.getTask({ params: { id: "t1" } }), (found) =>
            found.lastError === undefined ? undefined : found,
          ),
        )
        assert.deepStrictEqual([task.state, task.lastError], ["running", "n1: upstream 429"])
        assert.deepStrictEqual(yield* errorByAction, ["running", "n1: upstream 429"])
        const listed = yield* post("/task", { action: "list_tasks", project_id: "p" })
        assert.strictEqual(at(listed, "data", "tasks", 0, "error"), "n1: upstream 429")
        const { tasks } = yield* client.listTasks({ query: { text: "upstream" } })
        assert.deepStrictEqual(
          tasks.map(({ spec }) => spec.id),
          ["t1"],
        )
        assert.strictEqual((yield* client.instances())[0]?.state, "failed")

        // Another node's word is answered, counted, and changes nothing.
        const fenced = yield* report("n2", "t1", 2)
        assert.strictEqual(at(fenced, "code"), 409)
        assert.strictEqual((yield* client.getTask({ params: { id: "t1" } })).lastError, "n1: upstream 429")

        yield* report("n1", "t1", 2)
        yield* eventually(
          "the error is gone",
          Effect.map(client.getTask({ params: { id: "t1" } }), ({ lastError }) =>
            lastError === undefined ? true : undefined,
          ),
        )
        assert.deepStrictEqual(yield* errorByAction, ["running", ""])
      }).pipe(Effect.provide(FetchHttpClient.layer), Effect.scoped),
  )

  it.live(
    "counts nodes and instances by state, moves, heartbeats, fenced words and leases that ran out",
    () =>
      Effect.gen(function* () {
        const prometheus = yield* freePort
        const { clock, leap } = yield* leapingClock
        const control = yield* startControl(
          { lateAfter: "1 hour", lease: "2 hours", offlineAfter: "3 hours" },
          { telemetry: { prometheus: { port: prometheus } } },
        ).pipe(Effect.provideService(Clock.Clock, clock))
        const { beat, metric, post, report } = control
        yield* beat("n1", "empty")
        yield* post("/task", createTask)
        const list = yield* untilGiven(control, "n1")
        yield* beat("n1", tasksDigest(list))
        assert.deepStrictEqual(yield* metric("control_nodes"), { online: 1, late: 0, offline: 0 })
        assert.deepStrictEqual(yield* metric("control_instances"), {
          waiting: 0,
          given: 1,
          done: 0,
          failed: 0,
        })
        yield* report("n1", "t1", 2)
        assert.strictEqual((yield* metric("control_instances"))["done"], 1)
        // It falls silent: another one is given what it had.
        leap(3 * 3_600_000 + 1000)
        yield* untilGiven(control, "n2")
        yield* report("n1", "t1", 2)
        yield* report("n1", "none", 2)
        yield* post(statusPath, {})
        yield* post(heartbeatPath, {})
        assert.deepStrictEqual(yield* metric("control_moves_total"), { given: 1, moved: 1 })
        assert.deepStrictEqual(yield* metric("control_lease_expiries_total"), { "": 1 })
        assert.deepStrictEqual(yield* metric("control_status_reports_total"), {
          ok: 1,
          fenced: 1,
          unknown: 1,
          refused: 1,
        })
        const heartbeats = yield* metric("control_heartbeats_total")
        assert.isAtLeast(heartbeats["current"] ?? 0, 2)
        assert.isAtLeast(heartbeats["list"] ?? 0, 2)
        assert.strictEqual(heartbeats["refused"], 1)
        assert.strictEqual((yield* metric("control_nodes"))["offline"], 1)
        // What every process has is there too, and on the port for metrics alone.
        assert.isAbove((yield* metric("actors"))["running"] ?? 0, 0)
        assert.isAbove((yield* metric("process_resident_bytes"))[""] ?? 0, 0)
        const alone = yield* request(`http://127.0.0.1:${prometheus}/metrics`)
        assert.include(alone.text, "millrace_control_nodes")
      }).pipe(Effect.provide(FetchHttpClient.layer), Effect.scoped),
  )

  it.live("pushes the list that it answers with: one tasks_md5 by both ways", () =>
    Effect.gen(function* () {
      const gateway = yield* startPeer(() => ({ body: { success: true } }))
      const control = yield* startControl({
        nodes: [{ id: "n1", url: gateway.url }],
        probeInterval: "1 hour",
      })
      yield* control.beat("n1", "empty")
      yield* control.post("/task", { ...createTask, symbols: ["BTCUSDT", "ETHUSDT", "SOLUSDT"] })
      const pulled = yield* eventually(
        "it has all",
        Effect.map(control.beat("n1", "empty"), (answer) =>
          listOf(answer).length === 3 ? answer : undefined,
        ),
      )
      const pushedLast = () => gateway.to("/task").at(-1)?.body
      yield* untilTrue(
        "all is pushed",
        () => (at(pushedLast(), "task_instances") as ReadonlyArray<unknown> | undefined)?.length === 3,
      )
      const pushed = pushedLast()
      assert.strictEqual(at(pushed, "action"), "config_sync")
      assert.deepStrictEqual(at(pushed, "task_instances"), listOf(pulled))
      assert.strictEqual(at(pushed, "tasks_md5"), at(pulled, "data", 0, "tasks_md5"))
      assert.strictEqual(at(pushed, "tasks_md5"), tasksDigest(listOf(pulled)))
      yield* eventually(
        "its calls are counted",
        Effect.map(control.metric("control_calls_total"), (calls) =>
          calls["push ok"] === gateway.to("/task").length && calls["probe ok"] === 1 ? true : undefined,
        ),
      )
    }).pipe(Effect.provide(FetchHttpClient.layer), Effect.scoped),
  )
})
