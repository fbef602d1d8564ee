import { Effect } from "effect"
import { layer as kafkajs } from "../../../layers/kafka-transport/Kafkajs.ts"
import { layer as platformatic } from "../../../layers/kafka-transport/Platformatic.ts"
import { makeKafkaSink } from "../../../layers/sink/Kafka.ts"
import type { KafkaCompression } from "../../../services/SinkConfig.ts"
import { makeOutput } from "../../../src/domain/Decoded.ts"
import { encodeBatch } from "../../../src/domain/Encoder.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import { makeCatalogue } from "../../../src/exchanges/binance/Catalogue.ts"
import { makeDecoder } from "../../../src/exchanges/binance/Decoder.ts"
import { spotInstrument } from "../../../src/exchanges/binance/Names.ts"
import { spotReaders } from "../../../src/exchanges/binance/Readers.ts"
import { readSession } from "../../support/recordings.ts"
import { answer, usage } from "./answer.ts"
import { frameOf } from "../../../src/domain/Frame.ts"

/**
 * The Kafka sink alone, fed the recorded session's envelopes, encoded beforehand, as fast as it takes them.
 * `node kafkaSink.ts BROKERS TOPIC_PREFIX DRIVER COMPRESSION`
 */
const [brokers, prefix, driver, compression] = process.argv.slice(2) as [
  string,
  string,
  string,
  KafkaCompression,
]
const batchSize = 1000

const batches = (): ReadonlyArray<ReadonlyArray<Envelope>> => {
  const offers = ["trade", "bbo", "depth"]
  const catalogue = makeCatalogue({ venue: "binance", offers, read: spotInstrument, route: () => "" })
  const decode = makeDecoder(catalogue, spotReaders)
  const output = makeOutput()
  for (const { dir, raw } of readSession("binance/2024-08-08-ethusdt")) {
    if (dir === "in" && raw?.startsWith('{"stream"') === true)
      decode(frameOf(Buffer.from(raw)), 1723161254024.619, output)
  }
  const { records } = output
  return Array.from({ length: Math.ceil(records.length / batchSize) }, (_, index) =>
    encodeBatch(records.slice(index * batchSize, (index + 1) * batchSize), "stream"),
  )
}

let delivered = 0

const feed = Effect.gen(function* () {
  const sink = yield* makeKafkaSink({
    name: "kafka",
    brokers: brokers.split(","),
    clientId: "bench",
    batchSize: 100,
    lingerMillis: 0,
    compression,
    topic: `${prefix}.{type}`,
    createTopics: true,
    partitions: 4,
    requestTimeoutMillis: 30_000,
    sendTimeoutMillis: 60_000,
  }).pipe(Effect.provide(driver === "kafkajs" ? kafkajs : platformatic))
  const writer = yield* sink.open
  const all = batches()
  for (let next = 0; ; next = (next + 1) % all.length) {
    const batch = all[next]!
    const done = yield* writer.write(batch, 0)
    yield* Effect.forkChild(Effect.map(done, () => void (delivered += batch.length)))
  }
}).pipe(Effect.scoped)

Effect.runFork(feed).addObserver((exit) => {
  process.stderr.write(`the sink has ended: ${JSON.stringify(exit)}\n`)
  process.exit(1)
})

answer({ usage: () => usage(delivered) })
