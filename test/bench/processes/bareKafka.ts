import { Kafka, logLevel } from "kafkajs"
import WebSocket from "ws"
import { repairTimer } from "../../../layers/kafka-transport/kafkajs/Repairs.ts"
import { type BareRecord, bareObject } from "../support/bareObject.ts"
import { answer, usage } from "./answer.ts"

/**
 * The least that a producer to Kafka can be: `ws`, JSON.parse, one object a message, JSON.stringify, kafkajs. It
 * batches as Millrace does: a send when 100 records or so many milliseconds have gathered, one in flight, what gathers
 * meanwhile goes into the next. No compression, no headers, no checks; acknowledged by all in-sync replicas.
 * `node bareKafka.ts URL REST BROKERS TOPIC_PREFIX LINGER`
 */
const [url, rest, brokers, prefix, linger] = process.argv.slice(2) as [string, string, string, string, string]
const lingerMillis = Number(linger)
const batchSize = 100
const maxBatch = 4000

// Without it kafkajs sets a timer in the past after every response, and Node warns of that: here too it must not cost.
repairTimer()
const kafka = new Kafka({ brokers: brokers.split(","), clientId: "bare", logLevel: logLevel.NOTHING })
const producer = kafka.producer({ createPartitioner: () => () => 0 })
const admin = kafka.admin()
const topicOf = (type: BareRecord["type"]) => `${prefix}.${type}`

await admin.connect()
await admin.createTopics({
  topics: (["trade", "depth", "bbo"] as const).map((type) => ({ topic: topicOf(type), numPartitions: 1 })),
})
await admin.disconnect()
await producer.connect()

let acknowledged = 0
let waiting: Array<BareRecord> = []
let sending = false
let timer: NodeJS.Timeout | undefined

const send = async (): Promise<void> => {
  clearTimeout(timer)
  timer = undefined
  const batch = waiting.slice(0, maxBatch)
  waiting = waiting.slice(maxBatch)
  sending = true
  const topics = new Map<string, Array<{ key: string; value: string }>>()
  for (const record of batch) {
    const topic = topicOf(record.type)
    const messages = topics.get(topic) ?? []
    if (messages.length === 0) topics.set(topic, messages)
    messages.push({ key: record.symbol, value: JSON.stringify(record) })
  }
  const topicMessages = Array.from(topics, ([topic, messages]) => ({ topic, messages }))
  await producer.sendBatch({ acks: -1, topicMessages })
  acknowledged += batch.length
  sending = false
  gathered()
}

const gathered = (): void => {
  if (sending || waiting.length === 0) return
  if (waiting.length >= batchSize) void send()
  else timer ??= setTimeout(() => void send(), lingerMillis)
}

const socket = new WebSocket(`${url}/stream`, { perMessageDeflate: false })
let subscribed = false
socket.on("message", (frame: Buffer) => {
  if (!subscribed) {
    subscribed = true
    void fetch(`${rest}/api/v3/depth?symbol=ETHUSDT&limit=1000`).then((response) => response.text())
    return
  }
  waiting.push(bareObject(frame))
  if (waiting.length >= 4 * maxBatch) socket.pause()
  else if (socket.isPaused) socket.resume()
  gathered()
})
setInterval(() => {
  if (socket.isPaused && waiting.length < 2 * maxBatch) socket.resume()
}, 2)
socket.on("open", () => {
  const params = ["ethusdt@trade", "ethusdt@bookTicker", "ethusdt@depth@100ms"]
  socket.send(JSON.stringify({ method: "SUBSCRIBE", params, id: 1 }))
})
socket.on("error", (error) => {
  throw error
})

answer({ usage: () => usage(acknowledged) })
