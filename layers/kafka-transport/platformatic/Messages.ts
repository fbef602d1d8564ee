import type { KafkaBatch } from "../../../services/KafkaTransport.ts"

export interface Message {
  readonly topic: string
  readonly partition: number
  readonly key: Buffer
  readonly value: Buffer
  readonly headers: Map<Buffer, Buffer>
  readonly timestamp: bigint
}

/** Header names and values that hardly ever change (`source`, `schema`), as bytes. Others are longer. */
const shortText = 8
const maxKnown = 256
const known = new Map<string, Buffer>()

const bytesOf = (text: string): Buffer => {
  if (text.length > shortText) return Buffer.from(text)
  const before = known.get(text)
  if (before !== undefined) return before
  const bytes = Buffer.from(text)
  if (known.size < maxKnown) known.set(text, bytes)
  return bytes
}

const headersOf = (headers: Readonly<Record<string, string>>): Map<Buffer, Buffer> => {
  const map = new Map<Buffer, Buffer>()
  for (const name in headers) map.set(bytesOf(name), bytesOf(headers[name]!))
  return map
}

/** All records of a send, in the library's form. */
export const messagesOf = (batches: ReadonlyArray<KafkaBatch>, timestamp: bigint): Array<Message> => {
  const messages: Array<Message> = []
  for (const { topic, partition, records } of batches) {
    for (const { key, value, headers } of records) {
      messages.push({ topic, partition, key, value, headers: headersOf(headers), timestamp })
    }
  }
  return messages
}
