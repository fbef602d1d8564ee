import { Effect } from "effect"
import type { Readable } from "node:stream"
import { statusOf } from "../../support/instance.ts"
import { temporaryFolder } from "../../support/process.ts"
import { eachLine } from "../../bench/support/lines.ts"
import { judgeAccounts, residentOf, settled, startCollector, stopCollector } from "../support/collector.ts"
import { makeFeed } from "../support/feed.ts"
import type { Goal, Run } from "../support/goal.ts"
import { judgeOracle } from "../support/judging.ts"

const rate = 10_000
const symbols = 6
const mebibyte = 1024 * 1024

/** Reads a program's stdout at a tenth of what it writes, until it may read all it wants. */
const slowReader = (stdout: Readable, onLine: (line: string) => void) => {
  // About 330 bytes a record.
  const bytesPerTick = (rate / 10) * 330 * 0.02
  let fast = false
  let credit = 0
  eachLine(stdout, onLine)
  stdout.on("data", (chunk: Buffer) => {
    credit -= chunk.length
    if (!fast && credit <= 0) stdout.pause()
  })
  const tick = setInterval(() => {
    credit = Math.min(credit + bytesPerTick, 10 * bytesPerTick)
    if (credit > 0) stdout.resume()
  }, 20)
  return {
    hurry: () => {
      fast = true
      stdout.resume()
    },
    stop: () => clearInterval(tick),
  }
}

/** Everything may wait: memory and disk are bounded, and beyond them the socket is. */
const block = Effect.fnUntraced(function* ({ dice, judge, progress, size }: Run) {
  const folder = yield* temporaryFolder
  const memory = 16 * mebibyte
  const feed = yield* makeFeed({
    seed: dice.int(1 << 30),
    symbols,
    rate,
    slowReader: { policy: "wait", bytes: mebibyte },
  })
  const program = yield* startCollector({
    folder,
    feed,
    sinks: [{ name: "out", type: "stdout" }],
    deafStdout: true,
    sections: { overload: { memory }, journal: { maxSize: memory, segmentSize: mebibyte } },
  })
  const oracle = feed.oracle()
  // The oracle knows what was sent once all of it is.
  const lines: Array<string> = []
  const reader = yield* Effect.acquireRelease(
    Effect.sync(() => slowReader(program.process.stdout!, (line) => lines.push(line))),
    ({ stop }) => Effect.sync(stop),
  )
  const api = yield* program.api
  const seconds = size(120, 12)
  let resident = 0
  let most = 0
  for (let second = 1; second <= seconds; second++) {
    yield* Effect.sleep(1000)
    const { accounts, journal } = yield* statusOf(api)
    resident = Math.max(resident, residentOf(program))
    most = Math.max(most, accounts.sinks[0]!.waiting)
    judge.state("the journal keeps its bound", journal === null || journal.bytes <= memory + 2 * mebibyte)
    if (second % 10 === 0) progress(`${second} of ${seconds} s, ${accounts.sinks[0]!.waiting} records wait`)
  }
  const stalled = yield* judgeAccounts(api, judge)
  const pauses = stalled.venues
    .flatMap(({ connections }) => connections)
    .reduce((sum, each) => sum + each.pauses, 0)
  reader.hurry()
  feed.silence()
  yield* settled(api, 180)
  yield* judgeAccounts(api, judge)
  const { accepted } = yield* stopCollector(program, judge)
  for (const line of lines) oracle.take(line)
  judge.count("records waiting at most", most, { atLeast: 1000 })
  judge.count("pauses of the socket", pauses, { atLeast: 1 })
  judge.count("resident at most, MiB", resident, { atMost: 512 })
  judge.count("accepted", accepted, { exactly: lines.length })
  judgeOracle(judge, oracle.judge({ whole: true }))
})

export const slowConsumer: ReadonlyArray<Goal> = [{ id: "R6", name: "R6 slow consumer, block", run: block }]
