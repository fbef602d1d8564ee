import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { assert, describe, it } from "vitest"

const run = promisify(execFile)

describe("the example of the runtime", () => {
  it("runs as its guide says: the bad word is named, the others arrive, all is drained", async () => {
    const { stdout } = await run(process.execPath, ["examples/runtime/main.ts"])
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
