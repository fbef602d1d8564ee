import { createRequire } from "node:module"
import type * as KafkajsModule from "kafkajs"
import {
  encodeProduce,
  encodeWholeProduce,
  holdsBatches,
  type ProduceArguments,
  type RequestHead,
} from "./ProduceRequest.ts"

/**
 * kafkajs, with what we need of it repaired in place. It has had no release since 2023, so its inside stands still;
 * where it does not look as expected, loading fails and says so.
 *
 * - Its encoder of Produce requests takes our batches whole (see ProduceRequest.ts). Other users of the same kafkajs
 *   in this process get its own.
 * - Before such a request it puts its header without copying it twice into buffers filled with zeros, unless this
 *   process had loaded kafkajs before: then it copies.
 * - Its request queue sets a timer with a negative delay after every response, at which Node prints a
 *   TimeoutNegativeWarning: a queue with nothing in it needs no timer.
 */

const require = createRequire(import.meta.url)
const repaired = Symbol.for("millrace/kafkajs/repaired")
const whole = Symbol.for("millrace/kafkajs/whole")

type Repaired = { [repaired]?: true }

/** Puts another function in the place of the one that a module of kafkajs exports. */
const replaceExport = <F extends object>(path: string, wrap: (original: F) => F): void => {
  const file = require.resolve(path)
  const original = require(file) as F & Repaired
  const module = require.cache[file]
  if (typeof original !== "function" || module === undefined)
    throw new TypeError(`${path} exports no function`)
  if (original[repaired] === true) return
  const replacement: F & Repaired = wrap(original)
  replacement[repaired] = true
  module.exports = replacement
}

interface Request {
  readonly apiKey: number
  readonly apiVersion: number
  readonly encode: () => Promise<unknown>
  /** Ours: what `encode` encodes. */
  readonly [whole]?: ProduceArguments
}

type MakeRequest = (request: ProduceArguments) => Request
type Frame = (
  options: { readonly request: Request } & Pick<RequestHead, "correlationId" | "clientId">,
) => Promise<unknown>

/** Version 3 is the oldest that Kafka 4 takes, version 7 the newest that kafkajs has. */
const produceVersions = [3, 4, 5, 6, 7]

const repairEncoder = (version: number): void =>
  replaceExport<MakeRequest>(
    `kafkajs/src/protocol/requests/produce/v${version}/request.js`,
    (original) => (request) =>
      holdsBatches(request)
        ? { ...original(request), encode: () => encodeProduce(request), [whole]: request }
        : original(request),
  )

const repairFrame = (): void =>
  replaceExport<Frame>("kafkajs/src/protocol/request.js", (original) => (options) => {
    const { apiKey, apiVersion, [whole]: produce } = options.request
    const { correlationId, clientId } = options
    return produce === undefined
      ? original(options)
      : encodeWholeProduce(produce, { apiKey, apiVersion, correlationId, clientId })
  })

interface RequestQueue {
  readonly pending: ReadonlyArray<unknown>
  scheduleCheckPendingRequests: ((this: RequestQueue) => void) & Repaired
}

/** Alone it is of use to whoever runs kafkajs as it is. */
export const repairTimer = (): void => {
  const { prototype } = require("kafkajs/src/network/requestQueue/index.js") as { prototype: RequestQueue }
  const original = prototype.scheduleCheckPendingRequests
  if (typeof original !== "function") throw new TypeError("kafkajs's request queue has no such method")
  if (original[repaired] === true) return
  const replacement: RequestQueue["scheduleCheckPendingRequests"] = function () {
    if (this.pending.length > 0) original.call(this)
  }
  replacement[repaired] = true
  prototype.scheduleCheckPendingRequests = replacement
}

interface FetchedMessage {
  readonly offset: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly batchContext: {
    readonly firstOffset: string
    readonly lastOffsetDelta: number
    readonly producerId: string
    readonly inTransaction: boolean
    readonly isControlBatch: boolean
  }
}

interface FetchedPartition {
  readonly highWatermark: string
  readonly messages: ReadonlyArray<FetchedMessage>
}

/** What of kafkajs's own `Cluster` is used here. */
export interface KafkajsCluster {
  readonly connect: () => Promise<void>
  readonly disconnect: () => Promise<void>
  readonly addTargetTopic: (topic: string) => Promise<void>
  readonly refreshMetadata: () => Promise<void>
  readonly refreshMetadataIfNecessary: () => Promise<void>
  readonly fetchTopicsOffset: (
    topics: ReadonlyArray<object>,
  ) => Promise<ReadonlyArray<{ readonly partitions: ReadonlyArray<{ readonly offset: string }> }>>
  /** Partitions by the broker that leads them. */
  readonly findLeaderForPartitions: (
    topic: string,
    partitions: ReadonlyArray<number>,
  ) => Readonly<Record<string, ReadonlyArray<number>>>
  readonly findBroker: (of: { readonly nodeId: string | undefined }) => Promise<{
    readonly fetch: (request: object) => Promise<{
      readonly responses: ReadonlyArray<{ readonly partitions: ReadonlyArray<FetchedPartition> }>
    }>
  }>
}

const needed: ReadonlyArray<keyof KafkajsCluster> = [
  "connect",
  "disconnect",
  "addTargetTopic",
  "refreshMetadata",
  "refreshMetadataIfNecessary",
  "fetchTopicsOffset",
  "findLeaderForPartitions",
  "findBroker",
]

const loadCluster = (): new (options: object) => KafkajsCluster => {
  const Cluster = require("kafkajs/src/cluster/index.js") as new (options: object) => KafkajsCluster
  const absent = needed.find((name) => typeof Cluster.prototype[name] !== "function")
  if (absent !== undefined) throw new TypeError(`kafkajs's cluster has no ${absent}`)
  return Cluster
}

/** Throws when this kafkajs is not built as 2.2 is. */
export const loadKafkajs = () => {
  repairFrame()
  produceVersions.forEach(repairEncoder)
  repairTimer()
  return { kafkajs: require("kafkajs") as typeof KafkajsModule, Cluster: loadCluster() }
}
