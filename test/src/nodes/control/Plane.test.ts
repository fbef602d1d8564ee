import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { noTasks } from "../../../../src/domain/TasksDigest.ts"
import { makePlane } from "../../../../src/nodes/control/Plane.ts"
import { readReport } from "../../../../src/nodes/control/Wire.ts"
import { config, makeNode, memoryStore, seconds, task } from "../../../support/planes.ts"

describe("the control plane", () => {
  it.effect("gives each symbol of a task to one node, and shares them evenly", () =>
    Effect.gen(function* () {
      const plane = yield* makePlane(config, memoryStore())
      const [x, y] = [makeNode(plane, "x"), makeNode(plane, "y")]
      yield* Effect.all([x.beat, y.beat])
      yield* plane.plan([task("t", ["A-USDT", "B-USDT", "C-USDT", "D-USDT"])])
      yield* plane.settle
      yield* Effect.all([x.beat, y.beat])
      assert.deepStrictEqual([...x.running(), ...y.running()].toSorted(), [
        "t:A-USDT",
        "t:B-USDT",
        "t:C-USDT",
        "t:D-USDT",
      ])
      assert.strictEqual(x.running().length, 2)
      assert.isTrue((yield* plane.nodes).every(({ instances }) => instances === 2))
    }),
  )

  it.effect("sends a list once, and again only when the node's digest is another", () =>
    Effect.gen(function* () {
      const plane = yield* makePlane(config, memoryStore())
      const report = (md5: string) => readReport({ node_id: "x", tasks_md5: md5 })!
      yield* plane.heartbeat(report(noTasks))
      yield* plane.plan([task("t", ["A-USDT"])])
      yield* plane.settle
      const first = yield* plane.heartbeat(report(noTasks))
      assert.deepStrictEqual(
        first.instances.map(({ invalid, planned_exec_node, rule_id, task_id }) => [
          task_id,
          rule_id,
          planned_exec_node,
          invalid,
        ]),
        [["t", "t", "x", 0]],
      )
      assert.strictEqual(first.leaseSeconds, 15)
      const second = yield* plane.heartbeat(report(first.tasksMd5))
      assert.deepStrictEqual(second.instances, [])
      assert.strictEqual(second.tasksMd5, first.tasksMd5)
    }),
  )

  it.effect(
    "tells of new parameters too, which the digest does not see: twice, since an answer may be lost",
    () =>
      Effect.gen(function* () {
        const plane = yield* makePlane(config, memoryStore())
        const report = (md5: string) => readReport({ node_id: "x", tasks_md5: md5 })!
        const paramsOf = (md5: string) =>
          Effect.map(plane.heartbeat(report(md5)), ({ instances }) =>
            instances.map(({ task_params }) => JSON.parse(task_params) as Readonly<Record<string, unknown>>),
          )
        yield* plane.heartbeat(report(noTasks))
        const before = task("t", ["A-USDT"])
        yield* plane.plan([before])
        yield* plane.settle
        const { tasksMd5 } = yield* plane.heartbeat(report(noTasks))
        assert.deepStrictEqual(yield* paramsOf(tasksMd5), [])
        yield* plane.plan([{ ...before, revision: 2, spec: { ...before.spec, batchSize: 7 } }])
        for (const heard of [1, 2]) {
          const [params] = yield* paramsOf(tasksMd5)
          assert.strictEqual(params?.["batch_size"], 7, `answer ${heard}`)
        }
        assert.deepStrictEqual(yield* paramsOf(tasksMd5), [])
      }),
  )

  it.effect(
    "names intervals only where there are some: a list of none would be for no firing of a timer",
    () =>
      Effect.gen(function* () {
        const plane = yield* makePlane(config, memoryStore())
        yield* plane.heartbeat(readReport({ node_id: "x", tasks_md5: noTasks })!)
        const once = task("t", ["A-USDT"])
        yield* plane.plan([
          { ...once, spec: { ...once.spec, schedule: { kind: "once" }, frequency: "once" } },
          {
            ...task("u", ["A-USDT"]),
            spec: { ...task("u", ["A-USDT"]).spec, schedule: { kind: "interval", interval: "5m" } },
          },
        ])
        yield* plane.settle
        const { instances } = yield* plane.heartbeat(readReport({ node_id: "x", tasks_md5: noTasks })!)
        assert.deepStrictEqual(
          instances.map(({ task_params }) => (JSON.parse(task_params) as { intervals?: unknown }).intervals),
          [undefined, ["5m"]],
        )
      }),
  )

  it.effect("gives the next node where the one before had come to, and believes nobody else", () =>
    Effect.gen(function* () {
      const plane = yield* makePlane(config, memoryStore())
      const place = (next: string) => ({
        task_id: "t",
        row: "t",
        run_started_at: 5,
        symbols: { "A-USDT": { next, done: false } },
      })
      const beat = (node_id: string, checkpoints: ReadonlyArray<unknown> = []) =>
        plane.heartbeat(readReport({ node_id, tasks_md5: noTasks, checkpoints })!)
      yield* beat("x")
      yield* plane.plan([task("t", ["A-USDT"])])
      yield* plane.settle
      yield* beat("x", [place("10"), "no checkpoint", { task_id: "t" }])
      yield* beat("y", [place("99")])
      yield* seconds(60)
      yield* beat("y")
      yield* plane.settle
      const { instances } = yield* beat("y")
      assert.deepStrictEqual(
        instances.map(({ extra }) => extra),
        [{ epoch: 2, checkpoints: [place("10")] }],
      )
      assert.deepStrictEqual((yield* plane.instances)[0]?.checkpoints, [place("10")])
      // Of a task that is gone nothing is kept, whatever it is called.
      yield* plane.plan([])
      yield* plane.plan([task("t", ["A-USDT"])])
      assert.isUndefined((yield* plane.instances)[0]?.checkpoints)
    }),
  )

  it.effect("moves the tasks of a node that is gone within 30 seconds, once its lease has run out", () =>
    Effect.gen(function* () {
      const plane = yield* makePlane(config, memoryStore())
      const [x, y] = [makeNode(plane, "x"), makeNode(plane, "y")]
      yield* x.beat
      yield* plane.plan([task("t", ["A-USDT"])])
      yield* plane.settle
      yield* x.beat
      assert.deepStrictEqual(x.running(), ["t"])
      let movedAfter: number | undefined
      for (let second = 1; second <= 30 && movedAfter === undefined; second++) {
        yield* seconds(1)
        yield* y.beat
        yield* plane.settle
        yield* y.beat
        if (y.running().length > 0) movedAfter = second
      }
      // The node's own lease ends after 15 s: until then nobody else may have it.
      assert.isAbove(movedAfter ?? 0, 15)
      assert.isAtMost(movedAfter ?? 31, 30)
    }),
  )

  it.effect("tells a node that comes back that what it had is another's, and refuses its word on it", () =>
    Effect.gen(function* () {
      const plane = yield* makePlane(config, memoryStore())
      const [x, y] = [makeNode(plane, "x"), makeNode(plane, "y")]
      yield* x.beat
      yield* plane.plan([task("t", ["A-USDT"])])
      yield* plane.settle
      yield* x.beat
      yield* seconds(25)
      yield* y.beat
      yield* plane.settle
      yield* y.beat
      assert.deepStrictEqual(y.running(), ["t"])
      const late = yield* plane.status({ taskId: "t", nodeId: "x", status: 2, result: "" })
      assert.match(late ?? "", /is run by y \(epoch 2\), not by x/)
      yield* x.beat
      assert.deepStrictEqual(x.running(), [])
      assert.deepStrictEqual(
        x.held().map(({ invalid }) => invalid),
        [1],
      )
      // Once it shows that it knows, it hears no more of it.
      yield* x.beat
      assert.deepStrictEqual((yield* plane.nodes).find(({ nodeId }) => nodeId === "x")?.current, true)
      assert.strictEqual(yield* plane.status({ taskId: "t", nodeId: "y", status: 2, result: "" }), undefined)
    }),
  )

  it.effect("after a restart gives nothing away that a node it has not heard yet may be running", () =>
    Effect.gen(function* () {
      const store = memoryStore()
      const before = yield* makePlane(config, store)
      yield* makeNode(before, "x").beat
      yield* before.plan([task("t", ["A-USDT"])])
      yield* before.settle
      const after = yield* makePlane(config, store)
      const y = makeNode(after, "y")
      yield* after.plan([task("t", ["A-USDT"])])
      yield* y.beat
      yield* after.settle
      yield* seconds(10)
      yield* y.beat
      yield* after.settle
      yield* y.beat
      assert.deepStrictEqual(y.running(), [])
      assert.strictEqual(store.saved()[0]?.owner, "x")
      yield* seconds(11)
      yield* y.beat
      yield* after.settle
      yield* y.beat
      assert.deepStrictEqual(y.running(), ["t"])
      assert.strictEqual(store.saved()[0]?.epoch, 2)
    }),
  )

  it.effect("withdraws what was removed or stopped", () =>
    Effect.gen(function* () {
      const plane = yield* makePlane(config, memoryStore())
      const x = makeNode(plane, "x")
      yield* x.beat
      yield* plane.plan([task("t", ["A-USDT"]), task("u", ["A-USDT"])])
      yield* plane.settle
      yield* x.beat
      assert.deepStrictEqual([...x.running()].toSorted(), ["t", "u"])
      yield* plane.plan([task("t", ["A-USDT"], "stopped")])
      yield* x.beat
      assert.deepStrictEqual(x.running(), [])
    }),
  )
})
