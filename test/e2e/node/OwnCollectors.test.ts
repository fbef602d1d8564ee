import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import { makeSimulator, type Simulator } from "../../../src/simulator/index.ts"
import { linesIn, startControl } from "../../support/fleet.ts"
import { journalByFile } from "../../support/journalCat.ts"
import { startNode } from "../../support/nodes.ts"
import { eventually, request, untilTrue } from "../../support/process.ts"

/** A node without a plugin, whose exchange is the simulator. */
const collectorNode = Effect.fnUntraced(function* (
  name: string,
  plane: number,
  simulator: Simulator["Service"],
) {
  const { restEndpoint, wsEndpoint } = simulator.venue("binance")
  const node = yield* startNode({
    plane,
    more: {
      heartbeat: { server_ip: "127.0.0.1", server_port: plane, interval: 1 },
      exchanges: { binance: { restEndpoint, wsEndpoint, symbols: [], dataTypes: [] } },
    },
    env: { SCF_FUNCTIONNAME: name },
  })
  const post = (base: string, event: object) =>
    Effect.map(request(`${base}/task`, "POST", event), ({ text }) => JSON.parse(text))
  return {
    ...node,
    rows: () => linesIn(join(node.folder, "records")).map((line) => JSON.parse(line)),
    /** By both doors, and the same. */
    tasks: Effect.gen(function* () {
      const ask = { action: "list_tasks" }
      const one = yield* post(node.gateway, ask)
      const other = yield* post(node.apiUrl, ask)
      assert.deepStrictEqual(other, one)
      const tasks = one.data.tasks as ReadonlyArray<Readonly<Record<string, unknown>>>
      // What was withdrawn stays there, stopped, until the control plane's next list.
      return tasks.filter(({ status }) => status !== "stopped")
    }),
  }
})

const minute = 60_000
const day = 1440 * minute
const iso = (millis: number): string => new Date(millis).toISOString()

const task = {
  action: "create_task",
  project_id: "p",
  dataset: "d",
  data_type: "kline",
  source: "binance",
  symbols: ["BTCUSDT"],
  frequency: "once",
}

/** The words of `get_task_status`, once the task has come so far. */
const statusWhen = (
  control: Effect.Success<ReturnType<typeof startControl>>,
  task_id: string,
  status: string,
) =>
  eventually(
    `${task_id} is ${status}`,
    Effect.flatMap(control.task({ action: "get_task_status", task_id }), (answer) =>
      answer.data?.status === status
        ? Effect.succeed(answer.data as Readonly<Record<string, unknown>>)
        : Effect.fail(new Error(JSON.stringify(answer))),
    ),
    "2 minutes",
  )

describe("a node without a plugin", { timeout: 240_000 }, () => {
  it.live(
    "runs its control plane's tasks by Millrace's own collectors, and lives on over what it cannot",
    () =>
      Effect.gen(function* () {
        const symbols = ["BTC-USDT", "ETH-USDT"]
        const simulator = yield* makeSimulator({ symbols, venues: ["binance"], rate: 200 })
        const control = yield* startControl()
        const node = yield* collectorNode("n1", control.port, simulator)
        yield* node.says(/no plugin in section adapter: Millrace runs the control plane's tasks itself/)
        const end = Math.floor((yield* Effect.sync(() => Date.now())) / minute) * minute - 10 * minute

        // Of the past: exactly the window's rows, once, and the task is completed where it was made.
        const window = { start_time: iso(end - 60 * minute), end_time: iso(end) }
        yield* control.task({
          ...task,
          task_id: "past",
          symbols,
          ...window,
          config: { interval: "1m", batch_size: 25 },
        })
        yield* statusWhen(control, "past", "completed")
        yield* untilTrue("its rows are in the files", () => node.rows().length >= 120)
        const ids = node.rows().map(({ id }) => id as string)
        assert.strictEqual(ids.length, 120)
        assert.strictEqual(new Set(ids).size, 120)
        assert.deepStrictEqual(
          [...new Set(node.rows().map(({ source, symbol, type }) => `${type} ${symbol} ${source}`))].sort(),
          ["kline BTC-USDT rest", "kline ETH-USDT rest"],
        )

        // A source that no node knows is refused; what else cannot be had whoever would have to collect it says.
        const nowhere = yield* control.task({ ...task, task_id: "nowhere", source: "binanse" })
        assert.isFalse(nowhere.success)
        assert.match(nowhere.error, /^"binanse" is no source; did you mean "binance"/)
        yield* control.task({ ...task, task_id: "nothing", data_type: "mark_price" })
        assert.match(String((yield* statusWhen(control, "nothing", "failed"))["error"]), /mark_price/)

        // By its interval, seen through each door of the node, until it is stopped where it was made.
        yield* control.task({ ...task, task_id: "minutes", frequency: "1m", config: { history_days: 0 } })
        yield* control.task({ ...task, task_id: "live", data_type: "trade", frequency: "stream" })
        const listed = yield* eventually(
          "both are there",
          Effect.map(node.tasks, (tasks) =>
            tasks.length === 2 && tasks.every(({ error }) => error === undefined) ? tasks : undefined,
          ),
        )
        assert.deepStrictEqual(
          listed.map(({ frequency, origin, source, task_id }) => [task_id, origin, source, frequency]),
          [
            ["live", "plane", "binance", "stream"],
            ["minutes", "plane", "binance", "1m"],
          ],
        )
        yield* untilTrue("trades of the stream", () =>
          node.rows().some(({ source, type }) => type === "trade" && source === "stream"),
        )
        assert.strictEqual(simulator.venue("binance").stats().connections, 1)
        yield* control.task({ action: "stop_task", task_id: "live" })
        yield* control.task({ action: "stop_task", task_id: "minutes" })
        yield* untilTrue("no socket is left", () => simulator.venue("binance").stats().connections === 0)
        yield* eventually(
          "the node runs nothing",
          Effect.map(node.tasks, (tasks) => (tasks.length === 0 ? true : undefined)),
        )
        assert.strictEqual((yield* request(`${node.gateway}/health`)).status, 200)
        yield* node.kill("SIGTERM")
        assert.strictEqual((yield* node.ended).code, 0)
      }).pipe(Effect.scoped),
  )

  it.live("goes on with what another node was killed over, from where it had come to, with no gap", () =>
    Effect.gen(function* () {
      // One exchange by two doors, of which the first node's is so slow that it is amid its work whenever it is looked at.
      const exchange = { seed: 1, symbols: ["BTC-USDT"], venues: ["binance"], rate: 200 }
      const slow = yield* makeSimulator({ ...exchange, faults: "late:700ms@0s/on=rest/for=1h" })
      const quick = yield* makeSimulator(exchange)
      const control = yield* startControl({
        lateAfter: "3 seconds",
        lease: "4 seconds",
        offlineAfter: "6 seconds",
      })
      const first = yield* collectorNode("n1", control.port, slow)
      yield* eventually(
        "n1 is here",
        Effect.map(control.nodes, ({ length }) => (length === 1 ? true : undefined)),
      )
      const end = Math.floor((yield* Effect.sync(() => Date.now())) / day) * day
      const days = 2
      yield* control.task({
        ...task,
        task_id: "long",
        start_time: iso(end - days * day),
        end_time: iso(end),
        config: { interval: "1m", batch_size: 20 },
      })
      const reached = yield* eventually(
        "the control plane knows how far n1 is",
        Effect.map(control.instances, ([instance]) => instance?.checkpoints?.[0]?.symbols["BTC-USDT"]),
      )
      assert.isAbove(Number((reached as { next: string }).next), end - days * day)
      yield* first.kill("SIGKILL")
      yield* first.ended
      // What its journal has accepted reaches its files when it is started again.
      const accepted = [...(yield* journalByFile(first.folder, "journal")).values()].flat()
      const before = accepted.map((line) => JSON.parse(line))
      assert.isBelow(before.length, days * 1440, "it was killed amid its work")
      const second = yield* collectorNode("n2", control.port, quick)
      yield* statusWhen(control, "long", "completed")
      yield* untilTrue(
        "every minute is in the files of one or the other",
        () => new Set([...before, ...second.rows()].map(({ id }) => id as string)).size === days * 1440,
      )
      const begins = Math.min(...second.rows().map(({ data }) => data.startTime as number))
      assert.isAtLeast(begins, Number((reached as { next: string }).next))
      assert.strictEqual(new Set(second.rows().map(({ id }) => id as string)).size, second.rows().length)
    }).pipe(Effect.scoped),
  )
})
