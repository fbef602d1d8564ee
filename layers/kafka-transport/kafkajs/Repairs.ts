import { createRequire } from "node:module"
import type * as KafkajsModule from "kafkajs"
import { encodeProduce, holdsBatches, type ProduceArguments } from "./ProduceRequest.ts"

/**
 * kafkajs, with what we need of it repaired in place. It has had no release since 2023, so its inside stands still;
 * where it does not look as expected, loading fails and says so.
 *
 * - Its encoder of Produce requests takes our batches whole (see ProduceRequest.ts). Other users of the same kafkajs
 *   in this process get its own.
 * - Its request queue sets a timer with a negative delay after every response, at which Node prints a
 *   TimeoutNegativeWarning: a queue with nothing in it needs no timer.
 */

const require = createRequire(import.meta.url)
const repaired = Symbol.for("millrace/kafkajs/repaired")

interface Request {
  readonly encode: () => Promise<unknown>
}
type MakeRequest = ((request: ProduceArguments) => Request) & { [repaired]?: true }

/** Version 3 is the oldest that Kafka 4 takes, version 7 the newest that kafkajs has. */
const produceVersions = [3, 4, 5, 6, 7]

const repairEncoder = (version: number): void => {
  const path = require.resolve(`kafkajs/src/protocol/requests/produce/v${version}/request.js`)
  const original = require(path) as MakeRequest
  const module = require.cache[path]
  if (typeof original !== "function" || module === undefined)
    throw new TypeError(`${path} exports no function`)
  if (original[repaired] === true) return
  const replacement: MakeRequest = (request) =>
    holdsBatches(request) ? { ...original(request), encode: () => encodeProduce(request) } : original(request)
  replacement[repaired] = true
  module.exports = replacement
}

interface RequestQueue {
  readonly pending: ReadonlyArray<unknown>
  scheduleCheckPendingRequests: ((this: RequestQueue) => void) & { [repaired]?: true }
}

const repairTimer = (): void => {
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

/** Throws when this kafkajs is not built as 2.2 is. */
export const loadKafkajs = (): typeof KafkajsModule => {
  produceVersions.forEach(repairEncoder)
  repairTimer()
  return require("kafkajs") as typeof KafkajsModule
}
