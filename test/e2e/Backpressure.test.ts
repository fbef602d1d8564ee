import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { makeSimulator } from "../../src/simulator/index.ts"
import { closingLine, contiguous, statusOf, statusWhen, tradeIds, wellFormed } from "../support/instance.ts"
import { type Program, runOneVenue, startProgram, temporaryFolder, untilTrue } from "../support/process.ts"

const mebibyte = 1024 * 1024

/** In a flood the collector takes what V8 gives it before it collects garbage: twice that would be a leak. */
const floodMebibytes = 1024

/** Resident memory, in MiB. */
const residentOf = (program: Program): number => {
  const status = readFileSync(`/proc/${program.process.pid}/status`, "utf8")
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024
}

/** As a files sink would lay them out. */
const byFile = (stdout: string): ReadonlyMap<string, ReadonlyArray<string>> =>
  Map.groupBy(stdout.trimEnd().split("\n"), (line) => {
    const { type, exchange, symbol } = JSON.parse(line)
    return `${type}/${exchange}/${symbol}`
  })

const symbols = ["BTC-USDT", "ETH-USDT", "BNB-USDT", "SOL-USDT"]

/** A collector in a flood whose only sink nobody reads, once that has reached the wire. */
const dammed = Effect.gen(function* () {
  const cwd = yield* temporaryFolder
  const simulator = yield* makeSimulator({ symbols, venues: ["binance"], rate: 2000, pace: "flood" })
  const { restEndpoint, wsEndpoint } = simulator.venue("binance")
  const program = yield* startProgram(runOneVenue, {
    cwd,
    deafStdout: true,
    env: {
      MILLRACE_SERVER__PORT: "0",
      MILLRACE_EXCHANGES__BINANCE__SYMBOLS: JSON.stringify(symbols),
      MILLRACE_EXCHANGES__BINANCE__WS_ENDPOINT: wsEndpoint,
      MILLRACE_EXCHANGES__BINANCE__REST_ENDPOINT: restEndpoint,
      MILLRACE_OVERLOAD__MEMORY: "16 MiB",
      MILLRACE_JOURNAL__MAX_SIZE: "16 MiB",
      MILLRACE_JOURNAL__SEGMENT_SIZE: "4 MiB",
      MILLRACE_SINKS: '[{ "name": "out", "type": "stdout" }]',
    },
  })
  const api = yield* program.api
  let received = -1
  let pausedThen = 0
  // By the collector's own clock, and while it does not read: a machine that stood still stops nothing for good.
  const status = yield* statusWhen(api, "a socket is paused, and nothing moves any more", (seen) => {
    const paused = Math.min(...seen.venues[0]!.connections.map(({ pausedMillis }) => pausedMillis))
    const before = received
    received = seen.accounts.frames.received
    if (received !== before) pausedThen = paused
    return paused - pausedThen > 2000
  })
  return { program, api, status }
})

describe.skipIf(process.platform !== "linux")(
  "millrace run, when nobody takes its records",
  { concurrent: true },
  () => {
    it.live(
      "stops reading its sockets, keeps its memory, and has lost nothing once somebody does",
      () =>
        Effect.gen(function* () {
          const { api, program, status } = yield* dammed
          assert.isTrue(status.accounts.balanced)
          const journal = status.journal!
          assert.isAtMost(journal.bytes, journal.capacityBytes)
          assert.isAtMost(journal.capacityBytes, 16 * mebibyte)

          const before = yield* statusOf(api)
          const resident = residentOf(program)
          for (let times = 0; times < 30; times++) {
            yield* Effect.sleep(100)
            assert.isBelow(residentOf(program), resident + 40)
          }
          const stalled = yield* statusOf(api)
          assert.strictEqual(stalled.accounts.frames.received, before.accounts.frames.received)
          assert.isAbove(
            stalled.venues[0]!.connections[0]!.pausedMillis,
            before.venues[0]!.connections[0]!.pausedMillis,
          )
          assert.deepStrictEqual(stalled.accounts.records.dropped, {})
          assert.deepStrictEqual(
            stalled.venues[0]!.connections.map(({ failures, state }) => ({ failures, state })),
            [{ failures: 0, state: "open" }],
          )

          const chunks: Array<Buffer> = []
          program.process.stdout!.on("data", (chunk: Buffer) => chunks.push(chunk))
          yield* statusWhen(
            api,
            "more has come than waited",
            ({ accounts }) => accounts.sinks[0]!.delivered > stalled.accounts.frames.received + 10_000,
          )
          assert.isBelow(residentOf(program), floodMebibytes)
          yield* program.kill("SIGTERM")
          assert.deepStrictEqual(yield* program.ended, { code: 0, signal: null }, program.stderr())
          yield* untilTrue("all of it is read", () => program.process.stdout!.readableEnded)
          wellFormed(program)
          const files = byFile(Buffer.concat(chunks).toString("utf8"))
          assert.strictEqual(
            [...files.values()].reduce((sum, lines) => sum + lines.length, 0),
            closingLine(program).accepted,
          )
          assert.strictEqual(tradeIds(files).size, symbols.length)
          contiguous(tradeIds(files))
        }),
      240_000,
    )

    it.live(
      "is stopped all the same, and says what it had to leave",
      () =>
        Effect.gen(function* () {
          const { program } = yield* dammed
          yield* program.kill("SIGTERM")
          assert.deepStrictEqual(yield* program.ended, { code: 0, signal: null }, program.stderr())
          const { accepted, balanced, inFlight, sinks } = closingLine(program)
          assert.isTrue(balanced)
          assert.isAbove(sinks[0]!.waiting, 0)
          assert.strictEqual(accepted, sinks[0]!.delivered + sinks[0]!.waiting)
          // The journal is full, and takes all the same what was read already.
          assert.deepStrictEqual(inFlight, { frames: 0, records: 0 })
          const last = program.log().at(-1)!
          assert.strictEqual(last.level, "warn")
          assert.include(last.message, `${sinks[0]!.waiting} stay in the journal for the next start`)
        }),
      240_000,
    )
  },
)
