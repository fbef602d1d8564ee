import { Effect, type Scope } from "effect"
import { ownKafka, type KafkaServer } from "../support/kafka.ts"
import { temporaryFolder } from "../support/process.ts"
import type { Usage } from "./processes/answer.ts"
import { type Helper, startHelper } from "./support/helper.ts"
import { measure, type Measured, median, medians, pairedRatio } from "./support/measure.ts"
import { startProduct } from "./support/product.ts"
import { quantileMillis } from "./support/quantile.ts"
import { mega, micros, type Row, thousands, times } from "./support/table.ts"

const dataTypes = ["trade", "bbo", "depth"]

interface Times {
  readonly rounds: number
  readonly warmUpSeconds: number
  readonly seconds: number
}

const full: Times = { rounds: 3, warmUpSeconds: 10, seconds: 10 }
const quick: Times = { rounds: 1, warmUpSeconds: 2, seconds: 3 }

let prefixes = 0
/** Every run has topics of its own, so that none appends to what another left. */
const freshPrefix = () => `bench-${process.pid}-${prefixes++}`

const startBare = Effect.fnUntraced(function* (
  feed: Helper,
  kafka: KafkaServer,
  { warmUpSeconds, seconds }: Times,
) {
  const port = yield* feed.ask<number>("port")
  const client = yield* startHelper("bareKafka", [
    `ws://127.0.0.1:${port}`,
    `http://127.0.0.1:${port}`,
    kafka.bootstrap,
    freshPrefix(),
    "100",
  ])
  return yield* measure(client.ask<Usage>("usage"), warmUpSeconds, seconds)
}, Effect.scoped)

interface ProductRun extends Measured {
  /** From leaving the socket to being acknowledged: the 99th percentile, in milliseconds. */
  readonly p99Millis: number
}

const product = Effect.fnUntraced(function* (
  feed: Helper,
  kafka: KafkaServer,
  { warmUpSeconds, seconds }: Times,
  how: {
    readonly journal: "segments" | "memory"
    readonly compression: string
    readonly lingerMs: number
  },
): Effect.fn.Return<ProductRun, never, Scope.Scope> {
  const folder = yield* temporaryFolder
  const port = yield* feed.ask<number>("port")
  const { compression, journal, lingerMs } = how
  const running = yield* startProduct({
    folder,
    journal,
    sinks: `{ name: kafka, type: kafka, brokers: ["${kafka.brokers.join('", "')}"], topic: "${freshPrefix()}.{type}.{symbol}", partitions: 1, compression: ${compression}, lingerMs: ${lingerMs} }`,
    wsEndpoint: `ws://127.0.0.1:${port}`,
    restEndpoint: `http://127.0.0.1:${port}`,
    symbols: ["ETHUSDT"],
    dataTypes,
  })
  yield* Effect.sleep(warmUpSeconds * 1000)
  const before = yield* running.latency
  const measured = yield* measure(running.usage, 0, seconds)
  const p99Millis = quantileMillis(before, yield* running.latency, 0.99)
  const { balanced, frames } = yield* running.accounts
  if (!balanced) return yield* Effect.die(new Error("the accounts do not balance"))
  if (Object.keys(frames.rejected).length > 0) return yield* Effect.die(new Error("frames were rejected"))
  yield* running.stop
  return { ...measured, p99Millis }
}, Effect.scoped)

const sinkAlone = Effect.fnUntraced(function* (
  kafka: KafkaServer,
  { warmUpSeconds, seconds }: Times,
  driver: string,
  compression: string,
) {
  const client = yield* startHelper("kafkaSink", [kafka.bootstrap, freshPrefix(), driver, compression])
  return yield* measure(client.ask<Usage>("usage"), warmUpSeconds, seconds)
}, Effect.scoped)

const row = (figure: string, value: string, rest: Partial<Row> = {}): Row => ({
  bench: "kafka",
  figure,
  value,
  ...rest,
})

/** Socket to acknowledgement at a steady rate, beside the bare producer; the variants take turns. */
const atRate = Effect.fnUntraced(function* (feed: Helper, kafka: KafkaServer, runs: Times, rate: number) {
  yield* feed.ask("pace", rate)
  const bare: Array<Measured> = []
  const plain: Array<ProductRun> = []
  const safe: Array<ProductRun> = []
  const gzip: Array<ProductRun> = []
  const brisk: Array<ProductRun> = []
  for (let round = 0; round < runs.rounds; round++) {
    bare.push(yield* startBare(feed, kafka, runs))
    const own = (journal: "segments" | "memory", compression: string, lingerMs: number) =>
      product(feed, kafka, runs, { journal, compression, lingerMs })
    plain.push(yield* own("memory", "none", 100))
    safe.push(yield* own("segments", "none", 100))
    gzip.push(yield* own("memory", "gzip", 100))
    if (rate <= 10_000) brisk.push(yield* own("segments", "none", 5))
  }
  const at = `at ${thousands(rate)}/s`
  const ratio = (ours: ReadonlyArray<Measured>) => {
    const { median: middle, least, most } = pairedRatio(ours, bare)
    return `${times(middle)} [${times(least)} … ${times(most)}] of bare`
  }
  const shown = (name: string, ours: ReadonlyArray<ProductRun>, target?: string) =>
    row(`CPU per message, socket to Kafka, ${name}, ${at}`, micros(medians(ours).microsPerMessage), {
      against: ratio(ours),
      ...(target === undefined ? {} : { target }),
    })
  const p99 = (name: string, ours: ReadonlyArray<ProductRun>, target: string) =>
    row(
      `receive to acknowledgement, 99 of 100, ${name}, ${at}`,
      `${median(ours.map((run) => run.p99Millis)).toFixed(0)} ms`,
      {
        target,
      },
    )
  return [
    row(`CPU per message, ws + JSON + kafkajs, ${at}`, micros(medians(bare).microsPerMessage), {
      against: `${thousands(medians(bare).messagesPerSecond)} acknowledged a second`,
    }),
    shown("journal in memory", plain, "≤ 1.50×"),
    shown("journal in memory, gzip", gzip),
    shown("journal on disk", safe),
    row(`acknowledged a second, ${at}`, thousands(medians(safe).messagesPerSecond)),
    row(`resident at most, ${at}`, mega(medians(safe).residentBytes), {
      against: `${mega(medians(bare).residentBytes)} bare`,
      target: "< 300 MB",
    }),
    ...(brisk.length === 0
      ? []
      : [
          p99("linger 100 ms", safe, "< 200 ms"),
          p99("linger 5 ms", brisk, "< 30 ms"),
          shown("journal on disk, linger 5 ms", brisk),
        ]),
  ]
})

const saturated = Effect.fnUntraced(function* (feed: Helper, kafka: KafkaServer, runs: Times) {
  yield* feed.ask("pace", "flood")
  const rows: Array<Row> = []
  const bare = yield* startBare(feed, kafka, runs)
  rows.push(
    row("acknowledged a second, ws + JSON + kafkajs, flooded", thousands(bare.messagesPerSecond), {
      against: `${bare.cores.toFixed(2)} cores, ${mega(bare.residentBytes)}`,
    }),
  )
  for (const [journal, compression] of [
    ["memory", "none"],
    ["segments", "none"],
    ["segments", "gzip"],
    ["segments", "lz4"],
  ] as const) {
    const whole = yield* product(feed, kafka, runs, { journal, compression, lingerMs: 100 })
    const where = journal === "memory" ? "journal in memory" : "journal on disk"
    rows.push(
      row(
        `acknowledged a second, socket to Kafka, ${where}, ${compression}, flooded`,
        thousands(whole.messagesPerSecond),
        {
          against: `${whole.cores.toFixed(2)} cores, ${micros(whole.microsPerMessage)}, ${mega(whole.residentBytes)}`,
          ...(journal === "memory" ? { target: "≥ 80,000" } : {}),
        },
      ),
    )
  }
  for (const [driver, compression] of [
    ["kafkajs", "none"],
    ["kafkajs", "gzip"],
    ["kafkajs", "lz4"],
    ["platformatic", "none"],
  ] as const) {
    const alone = yield* sinkAlone(kafka, runs, driver, compression)
    rows.push(
      row(
        `acknowledged a second, the sink alone, ${driver}, ${compression}`,
        thousands(alone.messagesPerSecond),
        {
          against: `${alone.cores.toFixed(2)} cores, ${micros(alone.microsPerMessage)}, ${mega(alone.residentBytes)}`,
          ...(compression === "none" && driver === "kafkajs" ? { target: "≥ 80,000" } : {}),
        },
      ),
    )
  }
  return rows
})

/**
 * From a real socket into a real Kafka on this machine, acknowledged by all in-sync replicas, against the bare
 * producer of processes/bareKafka.ts, on the recorded session that another process plays.
 */
export const kafkaBench = Effect.fnUntraced(function* (options: { readonly quick: boolean }) {
  const runs = options.quick ? quick : full
  process.env["KAFKA_JVM"] = "-XX:+UseG1GC"
  const kafka = ownKafka()
  if (kafka === undefined) return [row("no Kafka here", "not measured")]
  yield* Effect.addFinalizer(() => kafka.remove)
  const feed = yield* startHelper("feed")
  return [
    ...(yield* atRate(feed, kafka, runs, 10_000)),
    ...(yield* atRate(feed, kafka, runs, 50_000)),
    ...(yield* saturated(feed, kafka, runs)),
  ]
}, Effect.scoped)
