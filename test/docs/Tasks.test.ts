import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { taskCommand } from "../support/taskCommand.ts"
import { eventually, freePort, runOneVenue, startProgram, temporaryFolder } from "../support/process.ts"

const page = readFileSync("docs/TASKS.md", "utf8")

/** Every command of the page, without its comment. */
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .flatMap(([, block]) => block!.split("\n"))
  .map((line) => line.replace(/\s+#.*$/, "").trim())
  .filter((line) => line !== "")

const instanceless = /^npm start -- task (next|due|digest) /

/** `a "b c"` as a shell takes it apart. */
const words = (line: string): ReadonlyArray<string> =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!)

const curl = (line: string, port: number): Effect.Effect<string> =>
  Effect.promise(async () => {
    const [, path, body] = /^curl localhost:8080(\S+)(?: -d '(.*)')?$/.exec(line)!
    const init = body === undefined ? {} : { method: "POST", body }
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, init)
    return answer.text()
  })

/** A command of the page as it is run here, against the instance on a port. */
const say = (line: string, port: number): Effect.Effect<string> => {
  if (line.startsWith("curl ")) return curl(line, port)
  const args = words(line.replace(/^npm start -- task /, ""))
  const [name, ...rest] = args
  return Effect.map(
    taskCommand(instanceless.test(line) ? args : [name!, "--url", `http://127.0.0.1:${port}`, ...rest]),
    ({ failed, stdout }) => {
      assert.isUndefined(failed, line)
      return stdout
    },
  )
}

/** What each of the page's commands says, by how it begins. */
const expected: ReadonlyArray<readonly [string, RegExp]> = [
  ["npm start -- task create btc-5m", /^btc-5m \(running\): task created\n$/],
  ["npm start -- task list", /^TASK .*\nbtc-5m /],
  ["npm start -- task show btc-5m", /^task {7}btc-5m\n/],
  ["npm start -- task create backfill", /^backfill \(running\): task created\n$/],
  ["npm start -- task update btc-5m", /^btc-5m \(\w+, revision 2\): task updated\n$/],
  ["npm start -- task rollback btc-5m 1", /^btc-5m \(\w+, revision 3\): task rolled back\n$/],
  ["npm start -- task stop btc-5m", /^btc-5m \(stopped, revision 3\): task stopped\n$/],
  ["npm start -- task start btc-5m", /^btc-5m \(\w+, revision 3\): task started\n$/],
  ["npm start -- task run btc-5m", /^btc-5m \((completed|pending), revision 3\): task run\n$/],
  ["npm start -- task list --search backfill --json", /^\{"task_id":"backfill".*\}\n$/],
  ["npm start -- task delete btc-5m", /^btc-5m: task removed\n$/],
  [
    `curl localhost:8080/task -d '{"action":"create_task"`,
    /^\{"success":true,"data":\{"task_id":"task_001","status":"running","message":"任务创建成功"\}\}$/,
  ],
  [`curl localhost:8080/task -d '{"action":"update_task"`, /"message":"任务更新成功"/],
  [`curl localhost:8080/task -d '{"action":"list_tasks"`, /"tasks":\[\{"task_id":"task_001"/],
  [`curl localhost:8080/task -d '{"action":"get_task_status"`, /"task_id":"task_001".*"frequency":"1h"/],
  [`curl localhost:8080/task -d '{"action":"delete_task"`, /"message":"任务删除成功"/],
  ["npm start -- task next", /^2026-01-01T09:30:00Z\n2026-01-02T09:30:00Z\n2026-01-05T09:30:00Z\n$/],
  ["npm start -- task due", /^1m\n5m\n$/],
]

describe("docs/TASKS.md", () => {
  it.live(
    "every command of it does what it says, against a running instance",
    () =>
      Effect.gen(function* () {
        const cwd = yield* temporaryFolder
        const port = yield* freePort
        const env = { MILLRACE_SERVER__PORT: String(port) }
        const program = yield* startProgram(runOneVenue, { cwd, env })
        yield* program.api
        yield* eventually(
          "it is ready",
          Effect.map(say("curl localhost:8080/ready", port), (answer) =>
            answer.includes('"ready":true') ? true : undefined,
          ),
        )
        const told = [...expected]
        for (const line of commands) {
          const [begins, says] = told.shift() ?? []
          assert.isTrue(begins !== undefined && line.startsWith(begins), `untested, or out of order: ${line}`)
          assert.match(yield* say(line, port), says!, line)
        }
        assert.deepStrictEqual(told, [])
        // The rows of tasks stand in the sink beside those of streams, each once.
        const days = ["2024-01-01", "2024-01-02"]
        for (const day of days) {
          const hourly = yield* eventually(
            `the rows of ${day}`,
            Effect.sync(() => {
              const file = join(cwd, `data/records/kline/binance/ETH-USDT/${day}.jsonl`)
              const lines = readFileSync(file, "utf8").split("\n").slice(0, -1)
              const found = lines.map((each) => JSON.parse(each)).filter(({ data }) => data.interval === "1h")
              return found.length >= 24 ? found : undefined
            }),
          )
          assert.strictEqual(new Set(hourly.map(({ id }) => id)).size, 24, day)
          assert.strictEqual(hourly.length, 24, day)
        }
        yield* program.kill("SIGTERM")
        assert.strictEqual((yield* program.ended).code, 0)
      }).pipe(Effect.scoped),
    300_000,
  )
})
