import { Effect } from "effect"
import { allLive, statsOf, statusOf } from "../../support/instance.ts"
import { readEach } from "../../support/kafkaReader.ts"
import { temporaryFolder } from "../../support/process.ts"
import { brokerOfItsOwn, kafkaSink, topicsOf } from "../support/broker.ts"
import {
  apiOf,
  judgeAccounts,
  residentOf,
  restartsIn,
  settled,
  startCollector,
  statusWhen,
  stopCollector,
} from "../support/collector.ts"
import { makeFeed } from "../support/feed.ts"
import type { Goal, Run } from "../support/goal.ts"
import { judgeOracle } from "../support/judging.ts"

const rate = 5000

const mean = (values: ReadonlyArray<number>): number =>
  values.reduce((sum, each) => sum + each, 0) / Math.max(1, values.length)

/** The broker is away for long; memory stays flat, and what waited on the disk follows in order. */
const outage = Effect.fnUntraced(function* ({ dice, judge, progress, scale, size }: Run) {
  const kafka = yield* brokerOfItsOwn
  const folder = yield* temporaryFolder
  const feed = yield* makeFeed({ seed: dice.int(1 << 30), symbols: 5, rate })
  const program = yield* startCollector({ folder, feed, sinks: [kafkaSink(kafka, "kafka")] })
  const api = yield* apiOf(program)
  const sink = Effect.map(statusOf(api), ({ accounts }) => accounts.sinks[0]!)
  yield* statusWhen(
    api,
    "all is live and in Kafka",
    (status) => allLive(status) && status.accounts.sinks[0]!.delivered > 1000,
  )
  yield* Effect.sleep(size(60_000, 5000))

  yield* kafka.kill
  const sentBefore = feed.messages()
  const seconds = size(600, 20)
  const resident: Array<number> = []
  for (let second = 1; second <= seconds; second++) {
    yield* Effect.sleep(1000)
    resident.push(residentOf(program))
    if (second % 20 === 0) {
      const { waiting } = yield* sink
      progress(
        `away for ${second} of ${seconds} s, ${waiting} records wait, ${Math.round(resident.at(-1)!)} MiB`,
      )
    }
  }
  yield* judgeAccounts(api, judge)
  const away = yield* sink
  judge.count("waited, records", away.waiting, { atLeast: (feed.messages() - sentBefore) * 0.5 })
  const [early, late] = [resident.slice(0, resident.length >> 1), resident.slice(resident.length >> 1)]
  judge.time("resident at most, MiB", Math.max(...resident), { atMost: 400 })
  judge.time("resident, second half against the first, MiB", mean(late) - mean(early), { atMost: 30 })

  yield* kafka.start
  const first = yield* statusWhen(
    api,
    "it delivers again",
    ({ accounts }) => accounts.sinks[0]!.delivered > away.delivered + 1000,
    "4 minutes",
  )
  const began = performance.now()
  const caughtUp = yield* statusWhen(
    api,
    "it has caught up",
    ({ accounts }) => accounts.sinks[0]!.waiting < rate,
    `${Math.max(300, seconds * 2)} seconds`,
  )
  const took = (performance.now() - began) / 1000
  const delivered = (status: typeof first) => status.accounts.sinks[0]!.delivered
  const speed = (delivered(caughtUp) - delivered(first)) / Math.max(took, 0.05)
  progress(`caught up in ${took.toFixed(1)} s, ${Math.round(speed)} records a second`)
  judge.time("caught up in, s", took)
  judge.time("catch-up against ingest", speed / rate, { atLeast: 3 })
  if (scale === 1) {
    // Percentiles are those of the last minute or two.
    yield* Effect.sleep(180_000)
    judge.time("p99 when all is well again, ms", (yield* statsOf(api)).latency.p99, { atMost: 1000 })
  }
  feed.silence()
  yield* settled(api)
  const status = yield* judgeAccounts(api, judge)
  judge.count("actor restarts", restartsIn(status), { exactly: 0 })
  yield* stopCollector(program, judge)
  const oracle = feed.oracle()
  yield* readEach(kafka, topicsOf("kafka"), ({ value }) => oracle.take(value))
  judgeOracle(judge, oracle.judge({ whole: true }))
})

export const sinkOutage: Goal = { id: "R2", name: "R2 broker away, then catch-up", run: outage }
