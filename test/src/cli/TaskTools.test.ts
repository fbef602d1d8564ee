import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { digestOf, dueLines, nextLines } from "../../../src/cli/TaskTools.ts"
import { millrace } from "../../support/command.ts"
import { temporaryFolder } from "../../support/process.ts"
import { recordingsAbsent, recordingsFolder } from "../../support/recordings.ts"

const start = "2026-01-01T00:00:00Z"
const run = (...args: ReadonlyArray<string>) => Effect.promise(() => millrace(["task", ...args]))

describe("millrace task next", () => {
  it.effect.skipIf(recordingsAbsent)("prints what nodes have always done", () =>
    Effect.gen(function* () {
      const { vectors } = JSON.parse(readFileSync(`${recordingsFolder}/nodes/vectors-cron.json`, "utf8")) as {
        readonly vectors: ReadonlyArray<{
          readonly expr: string
          readonly from?: string
          readonly next?: ReadonlyArray<string>
          readonly error?: string
        }>
      }
      for (const { error, expr: cron, from: after = start, next = [] } of vectors) {
        const lines = nextLines({ cron, after, count: Math.max(next.length, 1), timeZone: "UTC" })
        if (error === undefined) assert.deepStrictEqual(yield* lines, next)
        else
          assert.strictEqual((yield* Effect.flip(lines)).message, `bad cron expression "${cron}": ${error}`)
      }
    }),
  )

  it.effect("refuses a time or a zone that is none, by what was given", () =>
    Effect.gen(function* () {
      const options = { cron: "@daily", after: start, count: 1, timeZone: "UTC" }
      const time = yield* Effect.flip(nextLines({ ...options, after: "today" }))
      assert.match(time.message, /--after "today" is no time: RFC 3339/)
      const zone = yield* Effect.flip(nextLines({ ...options, timeZone: "Mars" }))
      assert.match(zone.message, /--time-zone "Mars" is not known/)
      assert.deepStrictEqual(yield* nextLines({ ...options, timeZone: "Asia/Shanghai" }), [
        "2026-01-01T16:00:00Z",
      ])
    }),
  )

  it.live("one time a line on stdout, exit 0; what is wrong on stderr, exit 1", () =>
    Effect.gen(function* () {
      const good = yield* run("next", "--cron", "*/20 * * * * * *", "--after", start, "--count", "2")
      assert.deepStrictEqual(good, {
        code: 0,
        stdout: "2026-01-01T00:00:20Z\n2026-01-01T00:00:40Z\n",
        stderr: "",
      })
      const bad = yield* run("next", "--cron", "", "--after", start)
      assert.deepStrictEqual(bad, {
        code: 1,
        stdout: "",
        stderr: 'millrace: bad cron expression "": missing field(s)\n',
      })
    }),
  )
})

describe("millrace task due", () => {
  it.effect("prints the intervals that are due, in the order that they were given", () =>
    Effect.gen(function* () {
      const at = (intervals: string, time: string) => dueLines({ intervals, at: time })
      assert.deepStrictEqual(yield* at("1h, 5m,1m,7m", "2026-01-01T00:05:30Z"), ["5m", "1m"])
      assert.deepStrictEqual(yield* at("1h", "2026-01-01T00:05:00Z"), [])
      const wrong = yield* Effect.flip(at("1m,5x,", start))
      assert.match(wrong.message, /^no interval: "5x", "";/)
    }),
  )
})

describe("millrace task digest", () => {
  it.effect("takes a list of instances, and says what is wrong with anything else", () =>
    Effect.gen(function* () {
      const list = JSON.stringify([
        { task_id: "task-bad", invalid: 0, task_params: "{}" },
        { task_id: "task-001" },
        { task_id: "task-off", invalid: 1 },
      ])
      assert.strictEqual(yield* digestOf("f", list), "470b4be03aa24ebbf89de25a060eed2a")
      assert.strictEqual(yield* digestOf("f", "[]"), "empty")
      const bad = (text: string) =>
        Effect.map(Effect.flip(digestOf("f.json", text)), ({ message }) => message)
      assert.match(yield* bad("{"), /^f\.json is no JSON/)
      assert.match(yield* bad("{}"), /^f\.json is no list of task instances/)
      assert.match(yield* bad('[{"id":1}]'), /at \[0\]\["task_id"\]/)
    }),
  )

  it.live("reads a file", () =>
    Effect.gen(function* () {
      const file = `${yield* temporaryFolder}/list.json`
      writeFileSync(file, '[{"task_id":"task-001","invalid":0}]')
      const read = yield* run("digest", file)
      assert.deepStrictEqual(read, { code: 0, stdout: "9fd0c6afb396cb2c512182d610f15820\n", stderr: "" })
    }).pipe(Effect.scoped),
  )
})
