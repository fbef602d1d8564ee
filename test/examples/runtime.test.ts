import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { assert, describe, it } from "vitest"

const run = promisify(execFile)

/** The example imports the package by its name: here that is its sources, so that the test needs no build. */
const fromSources = `
  import { registerHooks } from "node:module"
  const runtime = ${JSON.stringify(new URL("../../src/runtime/index.ts", import.meta.url))}
  registerHooks({ resolve: (name, context, next) => next(name === "millrace/runtime" ? runtime : name, context) })`

describe("the example of the runtime", () => {
  it("runs as its guide says: the bad word is named, the others arrive, all is drained", async () => {
    const { stdout } = await run(process.execPath, [
      "--import",
      `data:text/javascript,${encodeURIComponent(fromSources)}`,
      "examples/runtime/main.ts",
    ])
    const lines = stdout.split("\n").filter((line) => !/^[\s[{}]/.test(line) && line !== "")
    assert.deepStrictEqual(lines, [
      "nothing 7",
      "is 2",
      "lost 4",
      "silently 8",
      "drained: true, left: 0",
      "example: stopped, 0 restarts, last error: none",
      "example/printer: stopped, 0 restarts, last error: none",
      "example/parser: stopped, 1 restarts, last error: a bad word",
      "example/source: stopped, 0 restarts, last error: none",
    ])
    assert.match(stdout, /stage parser failed with 1 messages in hand, and \d waiting/)
  })
})
