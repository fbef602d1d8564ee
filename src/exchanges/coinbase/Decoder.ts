import type { Decode, Output } from "../../domain/Decoded.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Catalogue } from "../wire/Catalogue.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { type Fields, isFields, mismatch, reject, show } from "../wire/Fields.ts"
import { textOf } from "../wire/Frames.ts"
import { KnownStreams, type Scan } from "../scan/KnownStreams.ts"
import { Literal } from "../scan/Literal.ts"
import { maxScratchFrame } from "../scan/Scratch.ts"
import { literal } from "../scan/Steps.ts"
import { wireOf } from "./Channels.ts"
import { type Read, readChanges, readSnapshot, readTicker, readTrade } from "./Readers.ts"
import { scanBook, scratch } from "./Scanners.ts"

/** The channel of each type of message, and how it is read. */
const readers: ReadonlyMap<unknown, readonly [channel: string, read: Read]> = new Map([
  ["match", ["matches", readTrade]],
  ["last_match", ["matches", readTrade]],
  ["ticker", ["ticker", readTicker]],
  ["snapshot", ["level2_batch", readSnapshot]],
  ["l2update", ["level2_batch", readChanges]],
])

const opening = new Literal('{"type":"l2update","product_id":"')

const words = (value: unknown): string => String(value).slice(0, 200)

/** Everything that the connection is subscribed to now: `[{"name":"level2","product_ids":["BTC-USD"]}]` (recorded). */
const readSubscriptions = (message: Fields, catalogue: Catalogue, output: Output): void => {
  const { channels } = message
  if (!Array.isArray(channels)) return reject(output, "bad_field", mismatch("channels", "a list", channels))
  const streams: Array<Stream> = []
  for (const channel of channels as ReadonlyArray<unknown>) {
    if (!isFields(channel) || typeof channel["name"] !== "string" || !Array.isArray(channel["product_ids"]))
      return reject(output, "bad_field", mismatch("channels", "names with their product_ids", channel))
    for (const product of channel["product_ids"] as ReadonlyArray<unknown>) {
      const stream = catalogue.find(wireOf(channel["name"], String(product)))
      if (stream !== undefined) streams.push(stream)
    }
  }
  output.controls.push({ kind: "subscriptions", streams })
}

/** A kind that Coinbase has added is no reason to doubt a book; what holds levels, or no kind, may have been a change. */
const readUnknown = (message: Fields, output: Output): void => {
  const { asks, bids, changes, type } = message
  const hasLevels = asks !== undefined || bids !== undefined || changes !== undefined
  output.rejects.push({
    reason: "unknown_event",
    detail: `type: ${show(type)}`,
    ...(typeof type === "string" && !hasLevels ? { foreign: true } : {}),
  })
}

const readControl = (message: Fields, catalogue: Catalogue, output: Output): void => {
  const { message: text, reason, type } = message
  switch (type) {
    case "subscriptions":
      return readSubscriptions(message, catalogue, output)
    case "error":
      // It refuses all of what was asked last, and does not always name what it means.
      output.controls.push({
        kind: "failed",
        error: reason === undefined ? words(text) : `${words(text)}: ${words(reason)}`,
      })
      return
    case "heartbeat":
    case "status":
      output.controls.push({ kind: "notice", text: type })
      return
    default:
      return readUnknown(message, output)
  }
}

/**
 * Decodes `{"type":"match","product_id":"BTC-USD",…}`. Prices and sizes are text on the wire; ids and sequences are bare
 * integers, small enough.
 *
 * A book's change goes to its scanner first and, when that is surprised by anything, to the guards.
 */
export const makeDecoder = (catalogue: Catalogue, scan: Scan | false = scanBook): Decode => {
  const books = new KnownStreams()
  catalogue.onForget((stream) => books.forget(stream))

  /** Whether a scanner took it. */
  const isScanned = (frame: Frame, receivedAt: number, output: Output): boolean => {
    if (frame.length > maxScratchFrame) return false
    const { writer } = output
    const from = scratch.lay(writer, frame)
    const product = literal(writer.view, from, opening)
    const known = product < 0 ? undefined : books.names.find(writer.view, product, writer.frameEnd)
    return known !== undefined && known.scan(books.names.end, known, frame, receivedAt, output)
  }

  return (frame, receivedAt, output) => {
    if (scan !== false && isScanned(frame, receivedAt, output)) return
    const text = textOf(frame.bytes, output)
    if (text === undefined) return
    const message = parseJson(text)
    if (message === undefined) return reject(output, "not_json", `${frame.length} bytes that are no JSON`)
    if (!isFields(message)) return reject(output, "not_object", mismatch("the message", "an object", message))
    const reader = readers.get(message["type"])
    if (reader === undefined) return readControl(message, catalogue, output)
    const [channel, read] = reader
    const product = message["product_id"]
    const stream = typeof product === "string" ? catalogue.find(wireOf(channel, product)) : undefined
    if (stream === undefined)
      return reject(output, "unknown_stream", `product_id: ${show(product)} is none of ours`)
    if (scan !== false && stream.dataType.type === "depth")
      books.learn(stream.instrument.native, stream, scan)
    const result = read(message, stream, receivedAt)
    if ("reason" in result) output.rejects.push(result)
    else output.records.push(result)
  }
}
