import { Effect } from "effect"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { defaultMaxRequestBytes } from "../../../layers/sink/kafka/KafkaSinkOptions.ts"
import { recordOverhead } from "../../../layers/sink/kafka/Routes.ts"
import type { Delivery } from "../../../src/simulator/server/Interference.ts"
import { allLive, statsOf } from "../../support/instance.ts"
import { readEach } from "../../support/kafkaReader.ts"
import { temporaryFolder } from "../../support/process.ts"
import { script } from "../../support/servers.ts"
import { brokerOfItsOwn, kafkaSink, topicsOf } from "../support/broker.ts"
import {
  apiOf,
  eachRecordLine,
  judgeAccounts,
  restartsIn,
  settled,
  startCollector,
  statusWhen,
  stopCollector,
  untilSent,
} from "../support/collector.ts"
import { makeFeed } from "../support/feed.ts"
import type { Goal, Run } from "../support/goal.ts"
import { judgeOracle } from "../support/judging.ts"
import { keptLetters } from "../support/letters.ts"

const decoder = fileURLToPath(new URL("../support/poisonedDecoder.ts", import.meta.url))
const ways = ["error", "nothing", "type", "stack"]

/** Smaller than a book's snapshot, larger than anything else. */
const largestMessage = 20_000

const smallTopic = (bootstrap: string, topic: string) =>
  script("kafka.sh", [
    "run",
    "org.apache.kafka.tools.TopicCommand",
    "--bootstrap-server",
    bootstrap,
    "--create",
    "--topic",
    topic,
    "--partitions",
    "1",
    "--config",
    `max.message.bytes=${largestMessage}`,
  ])

/** Frames on which the decoder breaks each time, and records that Kafka refuses each time, among good ones. */
const poison = Effect.fnUntraced(function* ({ dice, judge, progress, size }: Run) {
  const kafka = yield* brokerOfItsOwn
  const folder = yield* temporaryFolder
  const wanted = size(1000)
  let poisoned = 0
  let poisoning = false
  const feed = yield* makeFeed({
    seed: dice.int(1 << 30),
    symbols: 3,
    rate: 2000,
    spoil: (messages) =>
      messages.flatMap((message): ReadonlyArray<Delivery> => {
        if (!poisoning || poisoned === wanted || !dice.chance(0.05)) return [message]
        const text = `{"poison":"${dice.pick(ways)}","number":${++poisoned}}`
        return [message, { stream: message.stream, text, form: "message", madeUp: true }]
      }),
  })
  const symbols = ["btc-usdt", "eth-usdt", "bnb-usdt"]
  yield* Effect.forEach(symbols, (symbol) => smallTopic(kafka.bootstrap, `kafka.depth.binance.${symbol}`))
  const program = yield* startCollector({
    folder,
    feed,
    sinks: [
      { name: "files", type: "files", path: "records" },
      kafkaSink(kafka, "kafka", { lingerMs: 20, compression: "none" }),
    ],
    env: { NODE_OPTIONS: `--import ${decoder}` },
  })
  const api = yield* apiOf(program)
  yield* statusWhen(api, "all is live", allLive)
  const quarter = size(200_000)
  yield* untilSent(feed, feed.messages() + quarter, progress)
  const baseline = (yield* statsOf(api)).latency
  progress("poison from now on")
  poisoning = true
  yield* untilSent(feed, feed.messages() + quarter, progress)
  const withPoison = (yield* statsOf(api)).latency
  feed.silence()
  yield* settled(api)
  const status = yield* judgeAccounts(api, judge)
  judge.count("poisoned frames", poisoned, { atLeast: Math.min(wanted, quarter * 0.03) })
  judge.count("decoder_threw", status.accounts.frames.rejected["decoder_threw"] ?? 0, { exactly: poisoned })
  judge.count("actor restarts", restartsIn(status), { exactly: 0 })
  const refused = status.accounts.sinks.find(({ name }) => name === "kafka")!.deadLettered
  judge.count("records refused by Kafka", refused, { atLeast: symbols.length })
  yield* stopCollector(program, judge)
  const letters = yield* keptLetters(join(folder, "data/deadletters"))
  judge.count("letters", letters.length, { exactly: poisoned + refused })
  const others = letters.filter(({ attempts }) => attempts !== 3)
  judge.count("letters of other than three attempts", others.length, { exactly: 0 })
  judge.time("p99 without poison, ms", baseline.p99)
  judge.time("p99 with poison, ms", withPoison.p99, { atMost: Math.ceil(baseline.p99 * 1.2) })

  const files = feed.oracle()
  eachRecordLine(join(folder, "records"), files.take)
  judgeOracle(judge, files.judge({ whole: true }), { prefix: "files " })
  const topics = feed.oracle()
  let smallest = Infinity
  yield* readEach(kafka, topicsOf("kafka"), ({ headers, key, value }) => {
    topics.take(value)
    smallest = Math.min(smallest, recordOverhead + key.length + headers["id"]!.length + value.length)
  })
  // Of a send that was refused in part nothing says which part stands in the log: what shared it is sent once more. From
  // then on it is known that the topic takes less, and what may be refused shares no send. So each topic that refuses
  // costs one send, however often it does: as many of the smallest records that came as a send's bytes hold. A topic of
  // one partition belongs to one lane; in more lanes each would learn it for itself.
  const mostInASend = Math.floor(defaultMaxRequestBytes / smallest)
  judge.count("records in a send at most", mostInASend)
  const duplicates = { atMost: symbols.length * mostInASend }
  judgeOracle(judge, topics.judge({ whole: true }), { prefix: "kafka ", duplicates })
})

export const poisonGoal: Goal = { id: "R5", name: "R5 poison in the decoder and for Kafka", run: poison }
