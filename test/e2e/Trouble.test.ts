import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { disksAbsent, smallDisk } from "../support/disk.ts"
import {
  allLive,
  closingLine,
  contiguous,
  linesIn,
  recordFiles,
  statusOf,
  statusWhen,
  tradeIds,
  unreadyReasons,
  wellFormed,
  wholeAndOnce,
} from "../support/instance.ts"
import {
  eventually,
  freePort,
  type Program,
  request,
  runOneVenue,
  runProgram,
  startProgram,
  temporaryFolder,
  untilTrue,
} from "../support/process.ts"

const run = (cwd: string, env: Readonly<Record<string, string>>) =>
  startProgram(runOneVenue, { cwd, env: { MILLRACE_SERVER__PORT: "0", ...env } })

/** A port that someone else holds, until it is let go. */
const heldPort = Effect.acquireRelease(
  Effect.flatMap(freePort, (port) =>
    Effect.callback<{ readonly port: number; readonly letGo: Effect.Effect<void> }>((resume) => {
      const server = createServer()
      const letGo = Effect.sync(() => void server.close())
      server.listen(port, "127.0.0.1", () => resume(Effect.succeed({ port, letGo })))
    }),
  ),
  ({ letGo }) => letGo,
)

/** Of what is wrong, but for a start that a busy machine makes slow. */
const errors = (program: Program) =>
  program
    .log()
    .filter(
      ({ level, message }) =>
        (level === "error" || level === "warn") && !message.startsWith("has said neither ready nor degraded"),
    )

const stops = Effect.fnUntraced(function* (program: Program) {
  yield* program.kill("SIGTERM")
  assert.deepStrictEqual(yield* program.ended, { code: 0, signal: null }, program.stderr())
  wellFormed(program)
})

const readyWithin = (api: string) => statusWhen(api, "all is well", allLive)

// Two of them wait for a deadline of ten seconds: meanwhile the others run.
describe("millrace run", { concurrent: true, timeout: 180_000 }, () => {
  it.live("collects although its port is taken, says so in one line, and serves once it is free", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const { letGo, port } = yield* heldPort
      const program = yield* run(cwd, { MILLRACE_SERVER__PORT: String(port) })
      const said = yield* program.says(/is in use by another program/)
      assert.strictEqual(
        said.message,
        `127.0.0.1:${port} is in use by another program: stop it, or set server.port to another port. Collection goes on; trying again`,
      )
      yield* untilTrue("it collects", () => linesIn(recordFiles(join(cwd, "data/records"), "left out")) > 200)
      assert.strictEqual(errors(program).length, 1, program.stderr())
      yield* letGo
      const api = yield* program.api
      assert.strictEqual(api, `http://127.0.0.1:${port}`)
      yield* readyWithin(api)
      yield* stops(program)
    }),
  )

  it.live("fills its files although the broker is away, and says what to do", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const program = yield* run(cwd, {
        MILLRACE_SINKS: JSON.stringify([
          { name: "files", type: "files", path: "records" },
          { name: "kafka", type: "kafka", brokers: ["127.0.0.1:1"] },
        ]),
      })
      const api = yield* program.api
      const reasons = yield* eventually(
        "only the broker is missing",
        Effect.map(unreadyReasons(api), (all) =>
          all.length === 1 && /ECONNREFUSED|refused|no broker/i.test(all[0]!) ? all : undefined,
        ),
      )
      assert.match(
        reasons[0]!,
        /^sink kafka: connecting to Kafka at 127\.0\.0\.1:1: .*; it is tried again: start the broker, or correct `brokers`/,
      )
      const status = yield* statusWhen(
        api,
        "files have records",
        ({ accounts }) => accounts.sinks[0]!.delivered > 200,
      )
      assert.strictEqual(status.accounts.sinks[1]!.state, "unavailable")
      assert.isTrue(status.accounts.balanced)
      const actor = status.actors.find(({ path }) => path.endsWith("/sinks/kafka"))!
      assert.deepStrictEqual([actor.state, actor.restarts], ["degraded", 0])
      assert.strictEqual((yield* request(`${api}/health`)).status, 200)
      assert.strictEqual(errors(program).length, 1, program.stderr())
      yield* stops(program)
      const closing = closingLine(program)
      const left = closing.sinks.find(({ name }) => name === "kafka")!
      assert.strictEqual(left.waiting, closing.accepted)
      assert.match(
        errors(program).at(-2)!.message,
        new RegExp(
          `^sink kafka: ${left.waiting} records were not delivered within 10s; they stay in the journal`,
        ),
      )
      assert.strictEqual(linesIn(recordFiles(join(cwd, "records"))), closing.accepted)
    }),
  )

  it.live(
    "waits for a folder that it may write to, says so in one line, and then writes all that it kept",
    () =>
      Effect.gen(function* () {
        const cwd = yield* temporaryFolder
        // For root too: nothing can be made below a file.
        writeFileSync(join(cwd, "blocked"), "in the way")
        const program = yield* run(cwd, {
          MILLRACE_SINKS: JSON.stringify([{ name: "files", type: "files", path: "blocked/records" }]),
        })
        const api = yield* program.api
        const reasons = yield* eventually(
          "the folder is named",
          Effect.map(unreadyReasons(api), (all) => (all[0]?.includes("blocked") === true ? all : undefined)),
        )
        assert.match(
          reasons[0]!,
          /^sink files: blocked\S*: a file stands where a folder must be: move it away/,
        )
        yield* statusWhen(api, "records wait", ({ accounts }) => accounts.sinks[0]!.waiting > 200)
        const said = errors(program)
        assert.deepStrictEqual(
          said.map(({ message }) => message),
          [...reasons],
          program.stderr(),
        )
        rmSync(join(cwd, "blocked"))
        yield* readyWithin(api)
        yield* program.says(/^sink files delivers again$/)
        yield* stops(program)
        const files = recordFiles(join(cwd, "blocked/records"))
        wholeAndOnce(files)
        contiguous(tradeIds(files))
        assert.strictEqual(linesIn(files), closingLine(program).accepted)
      }),
  )

  it.live.skipIf(disksAbsent)(
    "keeps what a full disk does not take, says so in one line, and writes it when there is room",
    () =>
      Effect.gen(function* () {
        const cwd = yield* temporaryFolder
        const disk = yield* smallDisk(join(cwd, "data"))
        const program = yield* run(cwd, { MILLRACE_JOURNAL__PATH: "journal" })
        const api = yield* program.api
        yield* readyWithin(api)
        yield* disk.fill
        const reasons = yield* eventually(
          "the disk is full",
          Effect.map(unreadyReasons(api), (all) => (all[0]?.includes("ENOSPC") === true ? all : undefined)),
        )
        assert.match(reasons[0]!, /^sink files: data\/records\S*: the disk is full: free some space/)
        yield* statusWhen(api, "records wait", ({ accounts }) => accounts.sinks[0]!.waiting > 200)
        const full = yield* statusOf(api)
        assert.isTrue(full.accounts.balanced)
        assert.isTrue(full.actors.every(({ restarts }) => restarts === 0))
        assert.strictEqual(errors(program).length, 1, program.stderr())
        yield* disk.free
        yield* readyWithin(api)
        yield* stops(program)
        const files = recordFiles(join(cwd, "data/records"))
        wholeAndOnce(files)
        contiguous(tradeIds(files))
        assert.strictEqual(linesIn(files), closingLine(program).accepted)
      }),
  )

  it.live.skipIf(disksAbsent)("is stopped with 0 while the disk is full, and leaves whole lines", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const disk = yield* smallDisk(join(cwd, "data"))
      const program = yield* run(cwd, { MILLRACE_JOURNAL__PATH: "journal" })
      const api = yield* program.api
      yield* readyWithin(api)
      yield* disk.fill
      yield* statusWhen(api, "records wait", ({ accounts }) => accounts.sinks[0]!.waiting > 200)
      yield* stops(program)
      const files = recordFiles(join(cwd, "data/records"))
      wholeAndOnce(files)
      const { accepted, sinks } = closingLine(program)
      assert.strictEqual(linesIn(files), sinks[0]!.delivered)
      assert.strictEqual(accepted, sinks[0]!.delivered + sinks[0]!.waiting)
    }),
  )

  it.live("starts nothing with a configuration that is wrong, and lists all that is wrong with it", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      mkdirSync(join(cwd, "config"))
      writeFileSync(
        join(cwd, "config/wrong.yaml"),
        [
          "server: { port: many }",
          "exchanges: { binanse: {}, binance: { symbols: [BTC-USDT], datatypes: [trade] } }",
          "sinks: [{ name: files, type: flies }]",
          "telemetry: { logLevel: loud }",
        ].join("\n"),
      )
      const { code, stdout, stderr } = yield* runProgram(["run", "--config", "config/wrong.yaml"], { cwd })
      assert.strictEqual(code, 1)
      assert.strictEqual(stdout, "")
      for (const expected of [
        /server\.port/,
        /binanse.*binance/,
        /datatypes.*dataTypes/,
        /flies.*files/,
        /telemetry\.logLevel/,
      ])
        assert.match(stderr, expected)
      assert.deepStrictEqual(readdirSync(cwd), ["config"])
      assert.isFalse(existsSync(join(cwd, "data")))
    }),
  )
})
