import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { runProgram, temporaryFolder } from "../../support/process.ts"

/** Runs a program in a folder: its exit code and what it said. */
const command = (file: string, args: ReadonlyArray<string>, cwd: string) =>
  Effect.callback<{ readonly code: number; readonly output: string }>((resume) => {
    execFile(file, args, { cwd, timeout: 150_000 }, (error, stdout, stderr) =>
      resume(Effect.succeed({ code: error === null ? 0 : 1, output: stdout + stderr })),
    )
  })

const ownTests = {
  python: ["python3", ["-m", "unittest", "-v"], "plugin.py"],
  node: [process.execPath, ["--test"], "plugin.mjs"],
} as const

describe("millrace plugin new", { concurrent: true, timeout: 240_000 }, () => {
  for (const language of ["python", "node"] as const)
    it.live(`makes a ${language} plugin whose own test passes and whose configuration is right`, () =>
      Effect.gen(function* () {
        const cwd = yield* temporaryFolder
        const { code, stderr, stdout } = yield* runProgram(["plugin", "new", language, "fine-plugin"], {
          cwd,
        })
        assert.strictEqual(code, 0, stderr)
        assert.match(stdout, /millrace node --config fine-plugin\/config\.yaml/)
        const [file, args, program] = ownTests[language]
        const tested = yield* command(file, args, join(cwd, "fine-plugin"))
        assert.strictEqual(tested.code, 0, tested.output)
        // That its test can fail.
        const source = join(cwd, "fine-plugin", program)
        writeFileSync(source, readFileSync(source, "utf8").replaceAll("/on-trigger", "/off-trigger"))
        assert.strictEqual((yield* command(file, args, join(cwd, "fine-plugin"))).code, 1)
        const checked = yield* runProgram(["check", "--config", "fine-plugin/config.yaml"], { cwd })
        assert.strictEqual(checked.code, 0, checked.stderr)
        assert.notMatch(readFileSync(join(cwd, "fine-plugin/config.yaml"), "utf8"), /\$/)
      }),
    )

  it.live("writes the sink and the port that are asked for", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const args = ["plugin", "new", "python", "p/q", "--kafka", "broker:9093", "--port", "9123"]
      assert.strictEqual((yield* runProgram(args, { cwd })).code, 0)
      const config = readFileSync(join(cwd, "p/q/config.yaml"), "utf8")
      assert.include(config, '{ name: kafka, type: kafka, brokers: ["broker:9093"] }')
      assert.include(config, "url: http://127.0.0.1:9123")
      assert.include(config, 'command: ["python3","-u","p/q/plugin.py"]')
      assert.include(readFileSync(join(cwd, "p/q/plugin.py"), "utf8"), '"9123"')
    }),
  )

  it.live("touches no folder that is there, and takes no name that a shell would stumble over", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      writeFileSync(join(cwd, "there"), "mine")
      const there = yield* runProgram(["plugin", "new", "node", "there"], { cwd })
      assert.strictEqual(there.code, 1)
      assert.match(there.stderr, /there is there already; name a new folder/)
      assert.strictEqual(readFileSync(join(cwd, "there"), "utf8"), "mine")
      const odd = yield* runProgram(["plugin", "new", "node", "a b"], { cwd })
      assert.strictEqual(odd.code, 1)
      assert.match(odd.stderr, /"a b" is no name for a plugin/)
      assert.isFalse(existsSync(join(cwd, "a b")))
    }),
  )
})
