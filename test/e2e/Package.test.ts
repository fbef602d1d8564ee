import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync, spawn } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { eventually, freePort, request, runProgram, temporaryFolder } from "../support/process.ts"

/** The zip's own start program, as a cloud starts it: nothing but the port and a `node` on the path. */
const bootstrap = (folder: string, env: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(join(folder, "scf_bootstrap"), [], {
        cwd: "/",
        env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, ...env },
        stdio: ["ignore", "ignore", "pipe"],
      })
      let stderr = ""
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
      return { child, ended, stderr: () => stderr }
    }),
    ({ child, ended }) =>
      Effect.promise(() => {
        child.kill("SIGKILL")
        return ended
      }),
  )

describe("millrace package", { timeout: 300_000 }, () => {
  it.live("makes a zip that works in an empty folder: gateway, plugin and its records", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const [gateway, plugin] = [yield* freePort, yield* freePort]
      assert.strictEqual(
        (yield* runProgram(["plugin", "new", "python", "own", "--port", String(plugin)], { cwd })).code,
        0,
      )
      const made = yield* runProgram(
        ["package", "--config", "own/config.yaml", "--plugin", "own", "--out", "function.zip"],
        { cwd },
      )
      assert.strictEqual(made.code, 0, made.stderr)
      assert.match(made.stdout, /^function\.zip: \d+ files, /)

      const folder = join(cwd, "var/user")
      mkdirSync(folder, { recursive: true })
      execFileSync("unzip", ["-q", join(cwd, "function.zip"), "-d", folder])
      const { child, ended, stderr } = yield* bootstrap(folder, {
        PORT: String(gateway),
        MILLRACE_SERVER__PORT: "0",
        SCF_FUNCTIONNAME: "function-1",
      })
      const origin = `http://127.0.0.1:${gateway}`
      const health = yield* eventually("it is healthy", request(`${origin}/health`)).pipe(
        Effect.catchCause(() => Effect.die(new Error(stderr()))),
      )
      assert.deepStrictEqual(JSON.parse(health.text), { status: "healthy" })
      const records = join(folder, "data/records/index_price/example/BTC-USD-INDEX")
      const line = yield* eventually(
        "a record of the plugin is in its file",
        // Its file is there a moment before.
        Effect.sync(
          () => readFileSync(join(records, readdirSync(records)[0]!), "utf8").match(/^.+(?=\n)/)?.[0],
        ),
      )
      assert.match(line, /"symbol":"BTC-USD-INDEX".*"price":"1\d\d\.\d\d"/)
      child.kill("SIGTERM")
      assert.strictEqual(yield* Effect.promise(() => ended), 0, stderr())
    }),
  )

  it.live("says what is missing: a configuration, a plugin's folder", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const bare = yield* runProgram(["package"], { cwd })
      assert.strictEqual(bare.code, 1)
      assert.match(bare.stderr, /a package needs the configuration of its node: --config FILE/)
      const absent = yield* runProgram(["package", "--config", "none.yaml"], { cwd })
      assert.strictEqual(absent.code, 1)
      assert.match(absent.stderr, /none\.yaml/)
      assert.deepStrictEqual(readdirSync(cwd), [])
    }),
  )
})
