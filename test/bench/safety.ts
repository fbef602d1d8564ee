import { Effect } from "effect"
import { temporaryFolder } from "../support/process.ts"
import { type Helper, startHelper } from "./support/helper.ts"
import { measure, measureMessages, type Measured, median, pairedRatio } from "./support/measure.ts"
import { startProduct } from "./support/product.ts"
import { quantileMillis } from "./support/quantile.ts"
import { type Row, thousands, times } from "./support/table.ts"

type Kind = "segments" | "memory"

interface Runs {
  readonly rounds: number
  readonly warmUp: number
  readonly messages: number
  readonly seconds: number
}

const full: Runs = { rounds: 5, warmUp: 1_000_000, messages: 2_000_000, seconds: 10 }
const quick: Runs = { rounds: 1, warmUp: 50_000, messages: 200_000, seconds: 3 }

const start = Effect.fnUntraced(function* (feed: Helper, journal: Kind) {
  const folder = yield* temporaryFolder
  const port = yield* feed.ask<number>("port")
  return yield* startProduct({
    folder,
    journal,
    sinks: `{ name: files, type: files, path: ${folder}/records }`,
    wsEndpoint: `ws://127.0.0.1:${port}`,
    restEndpoint: `http://127.0.0.1:${port}`,
    symbols: ["ETHUSDT"],
    dataTypes: ["trade", "bbo", "depth"],
  })
})

const flooded = Effect.fnUntraced(function* (feed: Helper, kind: Kind, { warmUp, messages }: Runs) {
  const running = yield* start(feed, kind)
  const measured = yield* measureMessages(running.usage, warmUp, messages)
  const { balanced } = yield* running.accounts
  if (!balanced) return yield* Effect.die(new Error("the accounts do not balance"))
  yield* running.stop
  return measured
}, Effect.scoped)

/** From leaving the socket to standing in the file: the 99th percentile at a steady rate, in milliseconds. */
const latency = Effect.fnUntraced(function* (feed: Helper, kind: Kind, { seconds }: Runs) {
  const running = yield* start(feed, kind)
  yield* measure(running.usage, seconds, 0)
  const before = yield* running.latency
  yield* Effect.sleep(seconds * 1000)
  const p99 = quantileMillis(before, yield* running.latency, 0.99)
  yield* running.stop
  return p99
}, Effect.scoped)

const rate = 10_000

/** What it costs that accepted means synced to the disk: the durable journal against the one in memory, in turns. */
export const safetyBench = Effect.fnUntraced(function* (options: { readonly quick: boolean }) {
  const runs = options.quick ? quick : full
  const feed = yield* startHelper("feed")
  const throughput: Record<Kind, Array<Measured>> = { segments: [], memory: [] }
  const p99: Record<Kind, Array<number>> = { segments: [], memory: [] }
  for (let round = 0; round < runs.rounds; round++) {
    yield* feed.ask("pace", "flood")
    for (const kind of ["memory", "segments"] as const)
      throughput[kind].push(yield* flooded(feed, kind, runs))
    yield* feed.ask("pace", rate)
    for (const kind of ["memory", "segments"] as const) p99[kind].push(yield* latency(feed, kind, runs))
  }
  const ratios = throughput.segments.map(
    (safe, round) => safe.messagesPerSecond / throughput.memory[round]!.messagesPerSecond,
  )
  const cpu = pairedRatio(throughput.segments, throughput.memory)
  const added = p99.segments.map((safe, round) => safe - p99.memory[round]!)
  const row = (figure: string, value: string, rest: Partial<Row> = {}): Row => ({
    bench: "safety",
    figure,
    value,
    ...rest,
  })
  return [
    row(
      "throughput into files, journal on disk, of that in memory",
      `${(100 * median(ratios)).toFixed(0)} % [${(100 * Math.min(...ratios)).toFixed(0)} … ${(100 * Math.max(...ratios)).toFixed(0)}]`,
      {
        against: `${thousands(median(throughput.segments.map((each) => each.messagesPerSecond)))} a second`,
        target: "≥ 70 %",
      },
    ),
    row("CPU per message, journal on disk, against in memory", times(cpu.median)),
    row(`added to the 99th percentile, at ${thousands(rate)}/s`, `${median(added).toFixed(1)} ms`, {
      against: `${median(p99.memory).toFixed(1)} ms in memory`,
      target: "≤ 15 ms",
    }),
  ]
}, Effect.scoped)
