import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { recordingsAbsent } from "../support/recordings.ts"

const run = promisify(execFile)

/** One line of the printed table, as its cells. */
const cellsOf = (table: string, figure: string): ReadonlyArray<string> =>
  table
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .find((cells) => cells[2] === figure) ?? []

describe.skipIf(recordingsAbsent)("the bench", () => {
  it("loses nothing to a reader that stops under flood and then reads on", { timeout: 120_000 }, async () => {
    const { stdout } = await run(process.execPath, ["test/bench/main.ts", "slow-consumer", "--quick"])
    assert.strictEqual(cellsOf(stdout, "records lost")[3], "0", stdout)
    assert.isAbove(Number(cellsOf(stdout, "messages sent by the feed")[3]!.replaceAll(",", "")), 100_000)
  })
})
