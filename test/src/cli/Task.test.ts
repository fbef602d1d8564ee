import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { writeFileSync } from "node:fs"
import { type TaskRow, taskPage, taskTable } from "../../../src/cli/TaskText.ts"
import * as Door from "../../../src/tasks/doors/Door.ts"
import { makeCollection } from "../../support/collectionInMemory.ts"
import { millrace } from "../../support/command.ts"
import { makeTap, observability, startEdge } from "../../support/edge.ts"
import { taskCommand } from "../../support/taskCommand.ts"
import { temporaryFolder } from "../../support/process.ts"
import { makeTasks } from "../../support/tasksInMemory.ts"

/** An instance's API over a table in memory, and the command that speaks to it. */
const setUp = Effect.gen(function* () {
  const tasks = makeTasks()
  const services = yield* Layer.build(
    Layer.mergeAll(
      makeCollection(["binance"]).layer,
      makeTap().layer,
      observability,
      Door.layer().pipe(Layer.provide(tasks.layer)),
    ),
  )
  const edge = yield* Effect.provideContext(startEdge("api"), services)
  const url = yield* edge.url
  const at = (args: ReadonlyArray<string>) => [args[0]!, "--url", url, ...args.slice(1)]
  return {
    tasks,
    /** The command within this process. */
    run: (...args: ReadonlyArray<string>) => taskCommand(at(args)),
    /** The program as a process of its own. */
    spawn: (...args: ReadonlyArray<string>) => Effect.promise(() => millrace(["task", ...at(args)])),
  }
})

const kline = ["--source", "binance", "--type", "kline", "--symbols", "BTCUSDT,ETH/USDT", "--frequency", "5m"]

describe("millrace task", () => {
  it.live(
    "create, update, list, show, stop, rollback and delete a task of a running instance",
    () =>
      Effect.gen(function* () {
        const { run, tasks } = yield* setUp
        const said = (args: ReadonlyArray<string>) =>
          Effect.map(run(...args), ({ failed, stdout }) => {
            assert.isUndefined(failed)
            return stdout
          })
        assert.strictEqual(
          yield* said(["create", "btc-5m", ...kline, "--history-days", "2"]),
          "btc-5m (running): task created\n",
        )
        const { spec } = tasks.get("btc-5m")!
        assert.deepInclude(spec, { projectId: "default", dataset: "kline", historyDays: 2 })
        assert.deepStrictEqual(spec.symbols, ["BTC-USDT", "ETH-USDT"])
        assert.strictEqual(
          yield* said(["update", "btc-5m", "--frequency", "1h"]),
          "btc-5m (pending, revision 2): task updated\n",
        )
        yield* tasks.set("btc-5m", { state: "failed", lastError: "HTTP 500 of binance" })
        const listed = yield* said(["list", "--status", "failed"])
        assert.match(listed, /^TASK {4}STATUS {2}PROJECT/)
        assert.match(listed, /\nbtc-5m {2}failed {2}default {2}binance {2}kline {2}BTC-USDT,ETH-USDT {2}1h/)
        const shown = yield* said(["show", "btc-5m"])
        assert.match(shown, /^task {7}btc-5m\nstatus {5}failed\nerror {6}HTTP 500 of binance\n/)
        assert.match(shown, /\nREVISION {2}SAVED[^\n]*\n2 [^\n]*1h\n1 [^\n]*5m\n$/)
        assert.strictEqual(
          yield* said(["rollback", "btc-5m", "1"]),
          "btc-5m (failed, revision 3): task rolled back\n",
        )
        assert.strictEqual(tasks.get("btc-5m")!.spec.frequency, "5m")
        assert.strictEqual(yield* said(["stop", "btc-5m"]), "btc-5m (stopped, revision 3): task stopped\n")
        assert.deepStrictEqual(JSON.parse(yield* said(["delete", "btc-5m", "--json"])), {
          task_id: "btc-5m",
          message: "task removed",
        })
        assert.strictEqual(yield* said(["list"]), "")
      }),
    120_000,
  )

  it.live(
    "says in a line what is wrong, exit 1",
    () =>
      Effect.gen(function* () {
        const { run, spawn, tasks } = yield* setUp
        const file = `${yield* temporaryFolder}/task.json`
        writeFileSync(
          file,
          '{"source":"binance","data_type":"klien","symbols":["BTCUSDT"],"config":{"mine":1}}',
        )
        const args = ["create", "x", "--file", file, "--frequency"]
        const wrong = yield* spawn(...args, "5 minutes")
        assert.strictEqual(wrong.code, 1)
        assert.strictEqual(wrong.stdout, "")
        assert.match(
          wrong.stderr,
          /^millrace: the event is not valid: data_type "klien" is not known; did you mean "kline"\?; frequency "5 minutes" \(missing field\(s\)\): an interval[^\n]*\n$/,
        )
        assert.isUndefined((yield* run(...args, "5m", "--type", "kline")).failed)
        assert.deepStrictEqual(tasks.get("x")!.spec.params, { mine: 1 })
        const unknown = yield* run("show", "nobody")
        assert.deepStrictEqual(unknown, {
          stdout: "",
          failed: "the tasks could not be asked: there is no task nobody",
        })
        const nobody = yield* taskCommand(["list", "--url", "http://127.0.0.1:1"])
        assert.match(nobody.failed!, /^no running instance answers at http:\/\/127\.0\.0\.1:1/)
      }).pipe(Effect.scoped),
    120_000,
  )
})

describe("the table of tasks", () => {
  const row: TaskRow = {
    task_id: "a",
    project_id: "p",
    status: "failed",
    symbols: ["A-B", "C-D", "E-F", "G-H", "I-J"],
    error: "a\u001b[31m\nb",
  }

  it("is as wide as its cells, shows few of many symbols, and gives a terminal no controls", () => {
    const [head, line] = taskTable([row], Option.none())
    assert.match(head!, /^TASK {2}STATUS {2}PROJECT/)
    assert.match(line!, /^a {5}failed {2}p .* A-B,C-D,E-F \+2 .* a·\[31m·b$/)
  })

  it("is cut where the terminal ends", () => {
    for (const line of taskTable([row], Option.some(40))) assert.isAtMost(line.length, 40)
  })

  it("the page of a task leaves out what there is none of", () => {
    assert.deepStrictEqual(
      taskPage({ task_id: "a", project_id: "p", status: "pending", error: "" }, [], Option.none()),
      ["task       a", "status     pending", "project    p"],
    )
  })
})
