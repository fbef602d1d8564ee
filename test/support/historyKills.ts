import { Deferred, Effect } from "effect"
import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import type { TaskCheckpoint, TaskSpec } from "../../src/domain/Task.ts"
import { parseRecord } from "../../src/domain/Record.ts"
import { makeSimulator } from "../../src/simulator/index.ts"
import type { Accounts } from "../../services/Collection.ts"
import type { RunReport } from "../../services/TaskRunner.ts"
import { taskSpec } from "./historyBench.ts"
import { recordFiles } from "./instance.ts"
import { temporaryFolder, untilTrue } from "./process.ts"
import type { Dice } from "./seed.ts"

const minute = 60_000
const day = 1440 * minute

export interface HistoryKills {
  readonly days: number
  readonly symbols: number
  readonly kills: number
  readonly batchSize: number
  readonly progress?: (said: string) => void
}

/** What came out of a history task whose process was killed again and again. */
export interface HistoryOutcome {
  readonly kills: number
  readonly requests: number
  /** Answers by which the venue said that it was asked too much, or wrongly. */
  readonly refused: number
  readonly rows: number
  readonly wanted: number
  readonly twice: number
  readonly missing: number
  /** Rows that stand before one that is older. */
  readonly disordered: number
  /** Rows that are not what the exchange has. */
  readonly wrong: number
  readonly report: RunReport
  readonly checkpoint: TaskCheckpoint | undefined
  /** Of the process that came to the end. */
  readonly accounts: Accounts
  readonly window: { readonly start: number; readonly end: number }
}

interface Said {
  readonly report: RunReport
  readonly checkpoint: TaskCheckpoint | undefined
  readonly accounts: Accounts
}

/** One life of the process: to its end, or until it is killed. */
const live = Effect.fnUntraced(function* (folder: string, file: string, killed: Effect.Effect<unknown>) {
  const child = spawn(process.execPath, [resolve("test/support/historyProgram.ts"), file], {
    cwd: folder,
    env: { ...process.env, NODE_COMPILE_CACHE: resolve("node_modules/.cache/millrace-tests") },
    stdio: ["ignore", "pipe", "pipe"],
  })
  const text = { stdout: "", stderr: "" }
  child.stdout.on("data", (chunk: Buffer) => (text.stdout += chunk.toString("utf8")))
  child.stderr.on("data", (chunk: Buffer) => (text.stderr += chunk.toString("utf8")))
  const ended = yield* Deferred.make<void>()
  child.once("close", () => Deferred.doneUnsafe(ended, Effect.void))
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => {
      child.kill("SIGKILL")
      return Deferred.await(ended)
    }),
  )
  yield* Effect.raceFirst(killed, Deferred.await(ended))
  child.kill("SIGKILL")
  yield* Deferred.await(ended)
  // Its log goes to stdout too: it is a program of its own.
  const line = text.stdout.split("\n").find((each) => each.startsWith("{"))
  return {
    said: line === undefined ? undefined : (JSON.parse(line) as Said),
    stderr: text.stdout + text.stderr,
  }
}, Effect.scoped)

/** Minutes of klines of several symbols, as a task in a process that is killed at random points, into files. */
export const killedHistory = Effect.fnUntraced(function* (dice: Dice, options: HistoryKills) {
  const folder = yield* temporaryFolder
  let requests = 0
  let refused = 0
  const simulator = yield* makeSimulator({
    seed: dice.int(1 << 30),
    symbols: options.symbols,
    rate: 500,
    venues: ["binance"],
    interference: {
      answer: (_, __, reply) => {
        requests++
        if (reply.status !== 200) refused++
        return reply
      },
    },
  })
  const { restEndpoint, symbols, wsEndpoint } = simulator.venue("binance")
  const end = Math.floor(Date.now() / minute) * minute - 5 * minute
  const start = end - options.days * day
  const spec: TaskSpec = taskSpec({
    source: "binance",
    dataType: "kline",
    symbols,
    window: { start, end },
    batchSize: options.batchSize,
  })
  const file = join(folder, "task.json")
  const config = {
    exchanges: { binance: { restEndpoint, wsEndpoint } },
    journal: { path: "journal", segmentSize: "1 MiB" },
    sinks: [{ name: "files", type: "files", path: "records" }],
    telemetry: { logLevel: "warn" },
  }
  writeFileSync(file, JSON.stringify({ config, spec, store: join(folder, "tasks.db") }))

  const pages = symbols.length * Math.ceil((options.days * 1440) / options.batchSize)
  const points = Array.from({ length: options.kills }, () => 1 + dice.int(pages)).toSorted((a, b) => a - b)
  for (const [index, point] of points.entries()) {
    const moment = Effect.andThen(
      untilTrue("so many requests", () => requests >= point + index, "10 minutes"),
      Effect.sleep(dice.int(60)),
    )
    const { said, stderr } = yield* live(folder, file, moment)
    options.progress?.(`kill ${index + 1} of ${options.kills} after ${requests} of about ${pages} requests`)
    if (said !== undefined && said.report.outcome !== "completed")
      return yield* Effect.die(new Error(`${JSON.stringify(said.report)}\n${stderr}`))
  }
  const { said, stderr } = yield* live(folder, file, Effect.never)
  if (said === undefined) return yield* Effect.die(new Error(`it did not end by itself:\n${stderr}`))

  const found = { rows: 0, twice: 0, missing: 0, disordered: 0, wrong: 0 }
  const bySymbol = new Map<string, Array<string>>()
  for (const [name, lines] of recordFiles(join(folder, "records"))) {
    const symbol = name.split("/")[2]!
    bySymbol.set(symbol, [...(bySymbol.get(symbol) ?? []), ...lines])
  }
  const wanted = (end - start) / minute
  for (const [symbol, lines] of bySymbol) {
    const market = simulator.venue("binance").market(symbol.toUpperCase().replace("-", ""))!
    const seen = new Set<number>()
    let last = 0
    for (const line of lines) {
      const record = parseRecord(line)
      found.rows++
      if (record.type !== "kline") continue
      const { close, closed, startTime, volume } = record.data
      if (seen.has(startTime)) found.twice++
      seen.add(startTime)
      if (startTime < last) found.disordered++
      last = startTime
      const bar = market.bars.kline("1m", startTime, startTime + minute)
      const isTrue = close === market.price(bar.close) && volume === market.quantity(bar.units)
      if (!isTrue || !closed || startTime < start || startTime >= end) found.wrong++
    }
    found.missing += wanted - seen.size
  }
  found.missing += (symbols.length - bySymbol.size) * wanted
  return {
    kills: options.kills,
    requests,
    refused,
    wanted: wanted * symbols.length,
    ...found,
    ...said,
    window: { start, end },
  } satisfies HistoryOutcome
})
