import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { cursorFiles } from "../../layers/journal/segments/CursorFile.ts"
import { allLive, statusOf, statusWhen } from "../support/instance.ts"
import { run, stops } from "../support/journalRuns.ts"
import { runOneVenue, runProgram, temporaryFolder, untilTrue } from "../support/process.ts"

/** Refused: exit code 1, one line on stderr, and nothing in the folder has changed. */
const refused = Effect.fnUntraced(function* (cwd: string, expected: RegExp) {
  const folder = join(cwd, "data/journal")
  // The one that holds it goes on writing its cursors, by way of a `.new`.
  const names = () => readdirSync(folder).filter((name) => name !== "lock" && !name.endsWith(".new"))
  const before = names()
  const { code, stderr, stdout } = yield* runProgram(runOneVenue, {
    cwd,
    env: { MILLRACE_SERVER__PORT: "0" },
  })
  assert.strictEqual(code, 1, stderr)
  assert.strictEqual(stdout, "")
  const lines = stderr
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith("{"))
  assert.strictEqual(lines.length, 1, stderr)
  assert.match(lines[0]!, expected)
  assert.deepStrictEqual(names(), before)
})

const cursors = (folder: string, content: object): void => {
  const line = JSON.stringify(content)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "cursors.0"), `${line}\n${crc32(line).toString(16).padStart(8, "0")}\n`)
}

describe("a journal that may not be opened", { concurrent: true, timeout: 240_000 }, () => {
  it.live("is another process's: the second one leaves at once and says what to do, the first goes on", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const first = yield* run(cwd)
      const api = yield* first.api
      yield* statusWhen(api, "all is live", allLive)
      // It writes them in turn.
      yield* untilTrue("both files of cursors are there", () =>
        cursorFiles.every((name) => existsSync(join(cwd, "data/journal", name))),
      )
      yield* refused(
        cwd,
        /^millrace: journal refused: data\/journal is in use by another process \(`fuser \S+` names it\): stop that one, or set another `journal\.path`$/,
      )
      const { accounts } = yield* statusOf(api)
      yield* statusWhen(api, "it goes on", (now) => now.accounts.records.accepted > accounts.records.accepted)
      yield* stops(first)
      // Its lock goes with the process.
      const third = yield* run(cwd)
      yield* statusWhen(yield* third.api, "all is live", allLive)
      yield* stops(third)
    }),
  )

  it.live("was written by a later version", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      cursors(join(cwd, "data/journal"), { version: 2 })
      yield* refused(cwd, /^millrace: journal refused: .*later version.*start that version again/)
    }),
  )

  it.live("has a cursor past its end", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const first = yield* run(cwd)
      yield* statusWhen(
        yield* first.api,
        "its cursor has moved",
        ({ journal }) => journal!.cursors[0]!.position > 0,
      )
      yield* stops(first)
      const folder = join(cwd, "data/journal")
      for (const name of readdirSync(folder).filter((each) => each.endsWith(".journal")))
        rmSync(join(folder, name))
      yield* refused(
        cwd,
        /^millrace: journal refused: .*cursor of "files" stands at \d+, past the end.*`millrace journal cursors data\/journal --forget files`/,
      )
    }),
  )

  it.live.skipIf(process.getuid?.() !== 0)("belongs to another user", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      mkdirSync(join(cwd, "data/journal"), { recursive: true })
      chownSync(join(cwd, "data/journal"), 12_345, 12_345)
      yield* refused(
        cwd,
        /^millrace: journal refused: data\/journal belongs to another user \(12345; .*chown -R 0/,
      )
    }),
  )
})
