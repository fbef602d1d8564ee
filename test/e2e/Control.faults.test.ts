import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { type FleetInstance, startControl } from "../support/fleet.ts"
import { startPeer } from "../support/nodePeers.ts"
import { startNode } from "../support/nodes.ts"
import { eventually, type Program, request } from "../support/process.ts"

/** When a plugin was asked to run a task, by the clock of the test. */
interface Ran {
  readonly node: string
  readonly task: string
  readonly at: number
}

/** A node whose plugin writes down what it is asked to run, each second. */
const fleetNode = Effect.fnUntraced(function* (name: string, plane: number, ran: Array<Ran>) {
  const plugin = yield* startPeer(({ body, path }) => {
    if (path !== "/on-trigger") return { status: 200, body: { status: "ok" } }
    const { tasks } = body as { tasks: ReadonlyArray<{ task_id: string; invalid: number }> }
    const valid = tasks.filter(({ invalid }) => invalid === 0)
    for (const { task_id } of valid) ran.push({ node: name, task: task_id, at: performance.now() })
    return {
      status: 200,
      body: { task_results: valid.map(({ task_id }) => ({ task_id, status: 2, result: "" })) },
    }
  })
  const node = yield* startNode({
    plugin: plugin.url,
    plane,
    triggers: [{ name: "each-second", type: "timer", settings: { cron: "* * * * * * *" } }],
    more: { heartbeat: { server_ip: "127.0.0.1", server_port: plane, interval: 1 } },
    env: { SCF_FUNCTIONNAME: name },
  })
  return { name, node: node as Program }
})

const createTask = {
  action: "create_task",
  task_id: "fleet",
  project_id: "p",
  dataset: "d",
  data_type: "kline",
  source: "binance",
  symbols: ["BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT"],
  frequency: "1m",
}

/** The nodes' plugins are asked for a task by one node at a time: by when one begins, the other has ended. */
const assertNeverTwice = (ran: ReadonlyArray<Ran>): void => {
  for (const task of new Set(ran.map((each) => each.task))) {
    const runs = ran.filter((each) => each.task === task)
    const owners = runs.map(({ node }) => node).filter((node, index, all) => node !== all[index - 1])
    assert.strictEqual(new Set(owners).size, owners.length, `${task} went to and fro: ${owners.join(", ")}`)
  }
}

describe("a fleet", { timeout: 240_000 }, () => {
  it.live(
    "shares its tasks; those of a node that is killed run elsewhere within 30 s, never twice at once",
    () =>
      Effect.gen(function* () {
        const ran: Array<Ran> = []
        const control = yield* startControl({
          lateAfter: "6 seconds",
          lease: "8 seconds",
          offlineAfter: "12 seconds",
        })
        const fleet = yield* Effect.forEach(
          ["n1", "n2", "n3"],
          (name) => fleetNode(name, control.port, ran),
          {
            concurrency: 3,
          },
        )
        yield* eventually(
          "three nodes are online",
          Effect.map(control.nodes, (nodes) =>
            nodes.filter(({ presence }) => presence === "online").length === 3 ? nodes : undefined,
          ),
        )
        const created = yield* control.task(createTask)
        assert.deepStrictEqual(created, {
          success: true,
          data: { task_id: "fleet", status: "running", message: "任务创建成功" },
        })
        const all = createTask.symbols.map((symbol) => `fleet:${symbol.slice(0, 3)}-USDT`)
        const runningBy = (name: string, since: number) =>
          new Set(ran.filter(({ at, node }) => node === name && at >= since).map(({ task }) => task))
        /** What a node asked for before it was killed may be heard of after it: of that one nothing counts. */
        const everyTaskRan = (since: number, but?: string) =>
          eventually(
            "every task is run",
            Effect.sync(() => {
              const counted = ran.filter(({ at, node }) => at >= since && node !== but)
              const tasks = new Set(counted.map(({ task }) => task))
              if (tasks.size === all.length) return tasks
              throw new Error(JSON.stringify([...tasks]))
            }),
            "30 seconds",
          )
        yield* everyTaskRan(0)
        for (const { name } of fleet) assert.strictEqual(runningBy(name, 0).size, 2, name)
        yield* eventually(
          "every instance is reported",
          Effect.map(control.instances, (instances) =>
            instances.every(({ outcome }) => outcome?.status === 2) ? instances : undefined,
          ),
        )

        const orphans = runningBy("n1", 0)
        yield* fleet[0]!.node.kill("SIGKILL")
        const killedAt = performance.now()
        yield* everyTaskRan(killedAt, "n1")
        const after = yield* control.instances
        for (const { epoch, id, owner } of after) {
          assert.notStrictEqual(owner, "n1")
          assert.strictEqual(epoch, orphans.has(id) ? 2 : 1, id)
        }

        // A node that stands still and comes back runs nothing that another one was given meanwhile.
        const frozen = runningBy("n2", killedAt)
        yield* fleet[1]!.node.kill("SIGSTOP")
        const frozenAt = performance.now()
        yield* everyTaskRan(frozenAt, "n2")
        const wokenAt = performance.now()
        yield* fleet[1]!.node.kill("SIGCONT")
        yield* Effect.sleep("4 seconds")
        for (const task of runningBy("n2", wokenAt))
          assert.isFalse(frozen.has(task), `${task} ran on n2 again`)
        assertNeverTwice(ran)
      }).pipe(Effect.scoped),
  )

  it.live("keeps its tasks and who runs them over a kill of the control plane", () =>
    Effect.gen(function* () {
      const ran: Array<Ran> = []
      const first = yield* startControl()
      yield* fleetNode("n1", first.port, ran)
      yield* eventually(
        "it is here",
        Effect.map(first.nodes, ({ length }) => (length === 1 ? true : undefined)),
      )
      yield* first.task(createTask)
      const owned = (instances: ReadonlyArray<FleetInstance>) =>
        instances.filter(({ owner }) => owner === "n1").length
      yield* eventually(
        "n1 has all",
        Effect.map(first.instances, (instances) => (owned(instances) === 6 ? true : undefined)),
      )
      yield* first.kill("SIGKILL")
      yield* first.ended
      const second = yield* startControl({}, first.cwd, first.port)
      const instances = yield* eventually(
        "it knows its tasks",
        Effect.map(second.instances, (found) => (found.length === 6 ? found : undefined)),
      )
      assert.strictEqual(owned(instances), 6)
      assert.isTrue(instances.every(({ epoch }) => epoch === 1))
      const listed = yield* second.task({ action: "list_tasks", project_id: "p" })
      assert.deepStrictEqual(
        listed.data.tasks.map(({ status, task_id }: { status: string; task_id: string }) => [
          task_id,
          status,
        ]),
        [["fleet", "running"]],
      )
      yield* second.task({ action: "delete_task", task_id: "fleet" })
      yield* eventually(
        "the node has none any more",
        Effect.sync(() => {
          const last = ran.at(-1)
          return last === undefined || performance.now() - last.at > 2500 ? true : undefined
        }).pipe(Effect.repeat({ schedule: Schedule.spaced("100 millis"), until: (over) => over === true })),
      )
      yield* second.kill("SIGTERM")
      assert.strictEqual((yield* second.ended).code, 0)
    }).pipe(Effect.scoped),
  )

  it.live("answers what is no heartbeat, and what names no task, and goes on", () =>
    Effect.gen(function* () {
      const control = yield* startControl()
      const post = (path: string, body: string) =>
        Effect.promise(async () => {
          const answer = await fetch(`${control.origin}${path}`, { method: "POST", body })
          return { status: answer.status, body: (await answer.json()) as { code: number; message: string } }
        })
      const heartbeat = "/gateway/cloudnode/ReportHeartbeatInner"
      assert.strictEqual((yield* post(heartbeat, "no JSON")).status, 400)
      assert.deepStrictEqual((yield* post(heartbeat, "{}")).body.code, 400)
      const stray = yield* post(
        "/gateway/collectmgr/ReportTaskStatus",
        '{"id":"none","node_id":"x","status":2,"result":""}',
      )
      assert.deepStrictEqual(
        [stray.status, stray.body.code, stray.body.message],
        [200, 409, "there is no task none here"],
      )
      const refused = yield* control.task({ ...createTask, source: "" })
      assert.strictEqual(refused.success, false)
      assert.deepStrictEqual(yield* control.nodes, [])
      assert.strictEqual((yield* request(`${control.origin}/ready`)).status, 200)
    }).pipe(Effect.scoped),
  )
})
