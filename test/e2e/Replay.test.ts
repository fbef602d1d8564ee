import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { gunzipSync } from "node:zlib"
import { binanceOracle } from "../support/binanceOracle.ts"
import { linesIn, type RecordFiles, recordFiles } from "../support/instance.ts"
import { type LogLine, runProgram, startProgram, temporaryFolder, untilTrue } from "../support/process.ts"
import { readSession, recordingsAbsent, sessionPath } from "../support/recordings.ts"

type Session = readonly [venue: "binance" | "binance-usdm", name: string]

const sessions: ReadonlyArray<Session> = [
  ["binance", "2021-10-12"],
  ["binance", "2024-08-08-ethusdt"],
  ["binance-usdm", "2021-10-12"],
  ["binance-usdm", "2024-08-08-ethusdt"],
]

const [small] = sessions as [Session]

const pathOf = ([venue, name]: Session) => resolve(sessionPath(`${venue}/${name}`))

const truthOf = ([venue, name]: Session) => binanceOracle(venue, readSession(`${venue}/${name}`)).files

const replayed = (cwd: string) => recordFiles(join(cwd, "data/replay"))

const same = (files: RecordFiles, truth: RecordFiles): void => {
  assert.deepStrictEqual([...files.keys()].sort(), [...truth.keys()].sort())
  for (const [name, lines] of truth) assert.deepStrictEqual(files.get(name), lines, name)
}

/** One line on stderr besides the log of a run that had begun: what is wrong. */
const complaint = (stderr: string): string => {
  const lines = stderr.trimEnd().split("\n")
  const said = lines.filter((line) => !line.startsWith("{"))
  assert.strictEqual(said.length, 1, stderr)
  return said[0]!
}

describe.skipIf(recordingsAbsent)("millrace replay", { timeout: 120_000 }, () => {
  for (const session of sessions)
    it.live(`writes ${session.join("/")} to files, byte for byte what it holds`, () =>
      Effect.gen(function* () {
        const cwd = yield* temporaryFolder
        const { code, stdout, stderr } = yield* runProgram(["replay", pathOf(session), "--speed", "max"], {
          cwd,
        })
        assert.strictEqual(code, 0, stderr)
        assert.strictEqual(stdout, "")
        const truth = truthOf(session)
        same(replayed(cwd), truth)
        assert.match(stderr, new RegExp(`sink replay has all ${linesIn(truth)} records`))
      }),
    )

  it.live("gives the same at a hundred times the recorded speed", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const { code, stderr } = yield* runProgram(["replay", pathOf(small), "--speed", "100"], { cwd })
      assert.strictEqual(code, 0, stderr)
      same(replayed(cwd), truthOf(small))
    }),
  )

  it.live("plays several files one after the other, and a second replay takes the place of the first", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const pair: ReadonlyArray<Session> = [sessions[0]!, sessions[2]!]
      const both = yield* runProgram(["replay", ...pair.map(pathOf), "--speed", "max"], { cwd })
      assert.strictEqual(both.code, 0, both.stderr)
      same(replayed(cwd), new Map(pair.flatMap((session) => [...truthOf(session)])))
      const again = yield* runProgram(["replay", pathOf(small), "--speed", "max"], { cwd })
      assert.strictEqual(again.code, 0, again.stderr)
      same(replayed(cwd), truthOf(small))
    }),
  )

  it.live("adds to the sinks of a configuration, and to those of the environment", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      writeFileSync(join(cwd, "own.yaml"), "sinks: [{ name: mine, type: files, path: mine }]\n")
      const truth = truthOf(small)
      for (const times of [1, 2]) {
        const args = ["replay", pathOf(small), "--speed", "max", "--config", "own.yaml"]
        const { code, stderr } = yield* runProgram(args, { cwd })
        assert.strictEqual(code, 0, stderr)
        assert.strictEqual(linesIn(recordFiles(join(cwd, "mine"))), times * linesIn(truth))
      }
      const sinks = JSON.stringify([{ name: "out", type: "stdout" }])
      const piped = yield* runProgram(["replay", pathOf(small), "--speed", "max"], {
        cwd,
        env: { MILLRACE_SINKS: sinks },
      })
      assert.strictEqual(piped.code, 0, piped.stderr)
      assert.deepStrictEqual(piped.stdout.trimEnd().split("\n").sort(), [...truth.values()].flat().sort())
      assert.strictEqual(replayed(cwd).size, 0)
    }),
  )

  it.live("does not touch a folder that no replay has written", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      mkdirSync(join(cwd, "data/replay"), { recursive: true })
      writeFileSync(join(cwd, "data/replay/notes.txt"), "mine")
      const { code, stderr } = yield* runProgram(["replay", pathOf(small), "--speed", "max"], { cwd })
      assert.strictEqual(code, 1)
      assert.match(
        complaint(stderr),
        /^millrace: data\/replay holds something that no replay has written: move it/,
      )
      assert.strictEqual(readFileSync(join(cwd, "data/replay/notes.txt"), "utf8"), "mine")
    }),
  )

  it.live("stopped half way, has whole lines of what it played, and ends with 0", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const program = yield* startProgram(["replay", pathOf(small), "--speed", "2"], { cwd })
      yield* untilTrue(
        "some records are there",
        () => linesIn(recordFiles(join(cwd, "data/replay"), "left out")) > 50,
      )
      yield* program.kill("SIGTERM")
      assert.deepStrictEqual(yield* program.ended, { code: 0, signal: null }, program.stderr())
      const truth = truthOf(small)
      const files = replayed(cwd)
      assert.isBelow(linesIn(files), linesIn(truth))
      for (const [name, lines] of files)
        assert.deepStrictEqual(lines, truth.get(name)?.slice(0, lines.length), name)
    }),
  )

  const wrong: ReadonlyArray<
    readonly [what: string, args: (folder: string) => ReadonlyArray<string>, said: RegExp]
  > = [
    [
      "a missing file",
      () => ["missing.jsonl.gz"],
      /^millrace: missing\.jsonl\.gz: no such file, or it may not be read$/,
    ],
    [
      "a missing file among others",
      () => [pathOf(small), "missing.jsonl"],
      /^millrace: missing\.jsonl: no such file/,
    ],
    [
      "a file that is no recording",
      (folder) => {
        writeFileSync(join(folder, "notes.jsonl"), "dear diary\n")
        return ["notes.jsonl"]
      },
      /^millrace: notes\.jsonl, line 1: not a recorded line: dear diary$/,
    ],
    [
      "a file that is not compressed as its name says",
      (folder) => {
        writeFileSync(join(folder, "notes.jsonl.gz"), "dear diary\n")
        return ["notes.jsonl.gz"]
      },
      /^millrace: notes\.jsonl\.gz: cannot read it: incorrect header check/,
    ],
    [
      "a recording that is cut off",
      (folder) => {
        writeFileSync(join(folder, "cut.jsonl.gz"), readFileSync(pathOf(small)).subarray(0, 50_000))
        return ["cut.jsonl.gz"]
      },
      /^millrace: cut\.jsonl\.gz: cannot read it: unexpected end of file/,
    ],
    [
      "a recording with a broken line",
      (folder) => {
        const path = join(folder, "broken.jsonl")
        const lines = gunzipSync(readFileSync(pathOf(small)))
          .toString("utf8")
          .split("\n")
        writeFileSync(path, `${lines.slice(0, 20).join("\n")}\n`)
        appendFileSync(path, '{"t":"16339985')
        return ["broken.jsonl"]
      },
      /^millrace: broken\.jsonl, line 21: not a recorded line: \{"t":"16339985$/,
    ],
    [
      "an unknown venue",
      () => [pathOf(small), "--venue", "binanse"],
      /no venue "binanse"; known: binance, binance-usdm, .*okx$/,
    ],
    [
      "a venue that it was not recorded at",
      () => [pathOf(sessions[2]!), "--venue", "binance"],
      /it was recorded at wss:\/\/fstream\.binance\.com\S*, which is binance-usdm, not binance; leave --venue out$/,
    ],
  ]
  for (const [what, args, said] of wrong)
    it.live(`refuses ${what} in one line, exit 1`, () =>
      Effect.gen(function* () {
        const cwd = yield* temporaryFolder
        const { code, stdout, stderr } = yield* runProgram(["replay", ...args(cwd), "--speed", "max"], {
          cwd,
        })
        assert.strictEqual(code, 1, stderr)
        assert.strictEqual(stdout, "")
        assert.match(complaint(stderr), said)
        for (const line of stderr.trimEnd().split("\n"))
          if (line.startsWith("{"))
            assert.notInclude(["error", "fatal"], (JSON.parse(line) as LogLine).level, line)
      }),
    )
})
