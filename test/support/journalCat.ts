import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { parseRecord } from "../../src/domain/Record.ts"
import type { RecordFiles } from "./instance.ts"
import { runProgram } from "./process.ts"

/** Everything that a journal holds, by the file that the files sink would have it in. */
export const journalByFile = Effect.fnUntraced(function* (cwd: string, folder = "data/journal") {
  const { code, stderr, stdout } = yield* runProgram(["journal", "cat", folder], { cwd })
  assert.strictEqual(code, 0, stderr)
  assert.strictEqual(stderr, "")
  return Map.groupBy(stdout === "" ? [] : stdout.trimEnd().split("\n"), (line) => {
    const { exchange, symbol, timestamp, type } = parseRecord(line)
    return `${type}/${exchange}/${symbol}/${new Date(timestamp).toISOString().slice(0, 10)}`
  })
})

/** The files hold exactly what the journal has accepted: each record once, in order. */
export const sameRecords = (files: RecordFiles, journal: RecordFiles): void => {
  const written = Array.from(files).filter(([, lines]) => lines.length > 0)
  assert.deepStrictEqual(written.map(([name]) => name).toSorted(), Array.from(journal.keys()).toSorted())
  for (const [name, lines] of written) {
    const accepted = journal.get(name)!
    assert.strictEqual(lines.length, accepted.length, name)
    lines.forEach((line, index) => assert.strictEqual(line, accepted[index], `${name}, line ${index + 1}`))
  }
}
