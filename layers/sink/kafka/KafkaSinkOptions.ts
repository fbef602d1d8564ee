import type { KafkaCompression } from "../../../services/SinkConfig.ts"
import type { KafkaSasl, KafkaTls } from "../../../services/KafkaTransport.ts"

export interface KafkaSinkOptions {
  /** The name of its cursor in the journal. */
  readonly name: string
  readonly brokers: ReadonlyArray<string>
  readonly clientId: string
  /** A lane sends when it has so many records … */
  readonly batchSize: number
  /** … or so many milliseconds after its first one. What gathers during a send goes whole into the next, up to `maxRequestBytes`. */
  readonly lingerMillis: number
  readonly compression: KafkaCompression
  /** The topic's template: `market.{type}.{exchange}.{symbol}`. */
  readonly topic: string
  readonly createTopics: boolean
  /** Of topics made here; the broker's defaults where absent. */
  readonly partitions?: number
  readonly replicationFactor?: number
  readonly requestTimeoutMillis: number
  /** A producer that gets nothing through for so long, while the brokers answer others, is replaced. */
  readonly sendTimeoutMillis: number
  readonly tls?: KafkaTls
  readonly sasl?: KafkaSasl
  /** The cursor travels with the records in a transaction: a crash leaves no duplicates for a read-committed consumer. */
  readonly transactional?: boolean
  /** The first half of the transactional id; the journal's id unless given. Two that run at the same time need different ones. */
  readonly node?: string
  /** What other processes of the same transactional id are told about this one. */
  readonly process?: string
  /** After so long brokers abort an open transaction. 60 s unless given. */
  readonly transactionTimeoutMillis?: number
  /** Producers side by side, each with one send in flight and topic-partitions of its own. 2 unless given. */
  readonly lanes?: number
  /** Bytes of one send at most; a larger record goes alone. 1 MiB unless given: brokers take no larger batch by default. */
  readonly maxRequestBytes?: number
  /** Bytes taken and not yet acknowledged at most, beside one more batch. 8 MiB unless given. */
  readonly maxPendingBytes?: number
  /** How long closing waits for acknowledgements. 10 s unless given. */
  readonly closeTimeoutMillis?: number
}

export const defaultLanes = 2
export const defaultMaxRequestBytes = 1_048_576
export const defaultMaxPendingBytes = 8_388_608
export const defaultCloseTimeoutMillis = 10_000
export const defaultTransactionTimeoutMillis = 60_000
