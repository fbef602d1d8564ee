import type { KafkaBatch } from "../../../services/KafkaTransport.ts"
import type { Codec } from "./Compression.ts"
import { batchHeaderBytes, recordsBound, writeBatch, writeRecords } from "./Records.ts"
import type { Sequences } from "./Sequences.ts"

/** What we give kafkajs as the one message of a topic-partition: it stands for a whole batch. */
export interface BatchMessage {
  /** kafkajs wants one; it is not sent. */
  readonly value: Buffer
  readonly partition: number
  readonly [asBatch]: {
    readonly batch: KafkaBatch
    readonly sequences: Sequences
    readonly codec: Codec
    /** Milliseconds: the records' time. */
    readonly timestamp: number
  }
}

export const asBatch = Symbol.for("millrace/kafkajs/batch")

/** What kafkajs hands to the encoder of a Produce request. */
export interface ProduceArguments {
  readonly acks: number
  readonly timeout: number
  readonly transactionalId?: string | null
  readonly producerId: unknown
  readonly producerEpoch: number
  readonly topicData: ReadonlyArray<{
    readonly topic: string
    readonly partitions: ReadonlyArray<{
      readonly partition: number
      readonly messages: ReadonlyArray<object>
    }>
  }>
}

/** What kafkajs wants of an encoded request. */
export interface Encoded {
  readonly buf: Buffer
  readonly buffer: Buffer
  readonly size: () => number
}

const isBatchMessage = (message: object | undefined): message is BatchMessage =>
  message !== undefined && asBatch in message

/** Whether these messages are ours; kafkajs's other users keep its own encoder. */
export const holdsBatches = ({ topicData }: ProduceArguments): boolean =>
  isBatchMessage(topicData[0]?.partitions[0]?.messages[0])

/** Compressing less than this costs more than it saves; Kafka has the codec of each batch in the batch. */
const compressedFromBytes = 1024

interface Part {
  readonly message: BatchMessage
  readonly body: Buffer
  readonly codec: number
}

const messageOf = (messages: ReadonlyArray<object>): BatchMessage => {
  const [message] = messages
  if (messages.length !== 1 || !isBatchMessage(message)) {
    throw new TypeError("a send holds one batch per topic-partition and nothing else")
  }
  return message
}

/** Encodes the records of every batch into one buffer, then compresses each. */
const encodeBodies = (topicData: ProduceArguments["topicData"]): Promise<ReadonlyArray<Part>> => {
  const messages = topicData.flatMap(({ partitions }) => partitions.map((entry) => messageOf(entry.messages)))
  const bound = messages.reduce((sum, message) => sum + recordsBound(message[asBatch].batch), 0)
  const records = Buffer.allocUnsafe(bound)
  let at = 0
  return Promise.all(
    messages.map(async (message) => {
      const start = at
      at = writeRecords(records, start, message[asBatch].batch)
      const body = records.subarray(start, at)
      if (body.length < compressedFromBytes || message[asBatch].batch.plain === true)
        return { message, body, codec: 0 }
      const { code, compress } = message[asBatch].codec
      return { message, body: await compress(body), codec: code }
    }),
  )
}

/**
 * The body of a Produce request, versions 3 to 7, behind `head` bytes that are left free:
 * `transactional_id acks timeout [topic [partition record_set]]`.
 */
const encodeBody = async (request: ProduceArguments, head: number): Promise<Buffer> => {
  const { topicData, transactionalId } = request
  const transactional = typeof transactionalId === "string"
  const parts = await encodeBodies(topicData)
  const idBytes = transactional ? Buffer.byteLength(transactionalId) : 0
  const size =
    parts.reduce((sum, { body }) => sum + 8 + batchHeaderBytes + body.length, head + 12 + idBytes) +
    topicData.reduce((sum, { topic }) => sum + 6 + Buffer.byteLength(topic), 0)
  const into = Buffer.allocUnsafe(size)
  into.writeInt16BE(transactional ? idBytes : -1, head)
  if (transactional) into.write(transactionalId, head + 2, "utf8")
  let at = head + 2 + idBytes
  into.writeInt16BE(request.acks, at)
  into.writeInt32BE(request.timeout, at + 2)
  into.writeInt32BE(topicData.length, at + 6)
  at += 10
  let part = 0
  for (const { topic, partitions } of topicData) {
    const name = into.write(topic, at + 2, "utf8")
    into.writeInt16BE(name, at)
    into.writeInt32BE(partitions.length, at + 2 + name)
    at += 6 + name
    for (const { partition } of partitions) {
      const { message, body, codec } = parts[part++]!
      const { batch, sequences, timestamp } = message[asBatch]
      const stamp = sequences.stamp(batch, BigInt(String(request.producerId)), request.producerEpoch)
      into.writeInt32BE(partition, at)
      const count = batch.records.length
      const end = writeBatch(into, at + 8, { body, codec, count, timestamp, stamp, transactional })
      into.writeInt32BE(end - at - 8, at + 4)
      at = end
    }
  }
  return into
}

/** For kafkajs to put its header before it. */
export const encodeProduce = async (request: ProduceArguments): Promise<Encoded> => {
  const body = await encodeBody(request, 0)
  return { buf: body, buffer: body, size: () => body.length }
}

export interface RequestHead {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string
}

/** The whole request as it goes to the socket, in one piece: `size api_key api_version correlation_id client_id body`. */
export const encodeWholeProduce = async (
  request: ProduceArguments,
  { apiKey, apiVersion, correlationId, clientId }: RequestHead,
): Promise<{ readonly buffer: Buffer }> => {
  const client = Buffer.byteLength(clientId)
  const buffer = await encodeBody(request, 14 + client)
  buffer.writeInt32BE(buffer.length - 4, 0)
  buffer.writeInt16BE(apiKey, 4)
  buffer.writeInt16BE(apiVersion, 6)
  buffer.writeInt32BE(correlationId, 8)
  buffer.writeInt16BE(client, 12)
  buffer.write(clientId, 14, "utf8")
  return { buffer }
}
