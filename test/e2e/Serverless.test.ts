import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { makeSimulator } from "../../src/simulator/index.ts"
import { recordFiles } from "../support/instance.ts"
import { eventually, request, startProgram, temporaryFolder } from "../support/process.ts"

const minute = 60_000
const hour = 60 * minute

/** Document 001's configuration of a cloud function, over a simulator. */
const configuration = (endpoints: { readonly restEndpoint: string; readonly wsEndpoint: string }) => ({
  runtime: {
    mode: "serverless",
    serverless: {
      provider: "tencent",
      enable_local_timer: false,
      task_store: { type: "bleve", path: "data/tasks" },
    },
  },
  exchanges: { binance: { ...endpoints, symbols: [], dataTypes: [] } },
  sinks: [{ name: "files", type: "files" }],
  server: { port: 0 },
})

/** As the platform's timer calls a function. */
const timerEvent = { Type: "Timer", TriggerName: "each-minute", Time: "2026-01-01T00:00:00Z", Message: "" }

describe("a cloud function", { timeout: 150_000 }, () => {
  it.live(
    "works when an event comes and at no other time, writes below the temporary folder alone, and goes on after its end",
    () =>
      Effect.gen(function* () {
        const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], venues: ["binance"] })
        const { restEndpoint, wsEndpoint } = simulator.venue("binance")
        const cwd = yield* temporaryFolder
        const temporary = yield* temporaryFolder
        writeFileSync(join(cwd, "config.json"), JSON.stringify(configuration({ restEndpoint, wsEndpoint })))
        const start = Effect.gen(function* () {
          const program = yield* startProgram(["run", "--config", "config.json"], {
            cwd,
            env: { TMPDIR: temporary },
          })
          const api = yield* program.api
          const door = (event: object) =>
            Effect.map(request(`${api}/task`, "POST", event), ({ text }) => JSON.parse(text))
          return { program, door }
        })
        const first = yield* start
        const end = Math.floor(Date.now() / hour) * hour
        const window = {
          start_time: new Date(end - 2 * hour).toISOString(),
          end_time: new Date(end).toISOString(),
        }
        const task = {
          action: "create_task",
          project_id: "p",
          dataset: "d",
          source: "binance",
          symbols: ["BTCUSDT"],
        }
        const rows = (type = "") =>
          [...recordFiles(join(temporary, "data/records")).values()]
            .flat()
            .filter((line) => type === "" || line.includes(`"type":"${type}"`))
        // Its time comes in a few seconds, once it is there: no event comes then.
        const time = new Date(Date.now() + 10_000)
        yield* first.door({
          ...task,
          task_id: "timed",
          data_type: "ticker",
          frequency: `${time.getUTCSeconds()} ${time.getUTCMinutes()} ${time.getUTCHours()} * * * *`,
        })
        yield* Effect.sleep(time.getTime() + 1000 - Date.now())
        assert.deepStrictEqual(rows(), [], "nothing is collected without an event")
        const answer = yield* first.door(timerEvent)
        assert.strictEqual(answer.success, true, JSON.stringify(answer))
        assert.deepStrictEqual(
          answer.data.tasks.map((each: { task_id: string }) => each.task_id),
          ["timed"],
        )
        // The process may be frozen once it has answered: all of it is delivered by then.
        assert.strictEqual(rows("ticker").length, 1)
        yield* first.door({ action: "stop_task", task_id: "timed" })

        const created = yield* first.door({
          ...task,
          task_id: "t",
          data_type: "kline",
          frequency: "1m",
          ...window,
        })
        assert.deepStrictEqual(created.data, { task_id: "t", status: "running", message: "任务创建成功" })
        assert.strictEqual(rows("kline").length, 120, "that which is due at once runs before it is answered")
        first.program.process.kill("SIGKILL")
        yield* first.program.ended
        assert.deepStrictEqual(readdirSync(cwd), ["config.json"])

        const second = yield* start
        const status = yield* eventually(
          "it knows the task",
          second.door({ action: "get_task_status", task_id: "t" }),
        )
        assert.strictEqual(status.data.status, "completed")
        const again = yield* second.door({
          httpMethod: "POST",
          path: "/task",
          headers: {},
          isBase64Encoded: true,
          body: Buffer.from(JSON.stringify(timerEvent)).toString("base64"),
        })
        assert.deepStrictEqual(again.data.tasks, [])
        assert.strictEqual(rows("kline").length, 120)
        yield* second.program.kill("SIGTERM")
        assert.strictEqual((yield* second.program.ended).code, 0)
      }).pipe(Effect.scoped),
  )
})
