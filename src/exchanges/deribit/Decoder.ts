import type { Decode, Decoded, Output, Reject } from "../../domain/Decoded.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Catalogue } from "../wire/Catalogue.ts"
import { parseExact } from "../wire/ExactJson.ts"
import { type Fields, isFields, mismatch, reject, show } from "../wire/Fields.ts"
import { textOf } from "../wire/Frames.ts"
import { KnownStreams, type Scan } from "../scan/KnownStreams.ts"
import { Literal } from "../scan/Literal.ts"
import { maxScratchFrame } from "../scan/Scratch.ts"
import { literal } from "../scan/Steps.ts"
import { usualSpeed } from "./Channels.ts"
import { readControl, type StreamsOf } from "./Controls.ts"
import * as Derivatives from "./Derivatives.ts"
import * as Readers from "./Readers.ts"
import { scanBook, scratch } from "./Scanners.ts"

/** How a stream's entries are read. */
const readerOf = ({ dataType, instrument }: Stream): Readers.Read => {
  switch (dataType.type) {
    case "trade":
      return Readers.readTrade
    case "liquidation":
      return Readers.readLiquidation
    case "kline":
      return Readers.readChart
    case "bbo":
      return Readers.readQuote
    case "depth":
      return Readers.readBook
    case "funding":
      return Derivatives.readFunding
    case "open_interest":
      return Derivatives.readOpenInterest
    case "mark_price":
      return Derivatives.readMarkPrice
    case "index_price":
      return instrument.market === "index" ? Derivatives.readIndex : Derivatives.readIndexOfTicker
    case "volatility_index":
      return Derivatives.readVolatility
    default:
      return Readers.readTicker
  }
}

const put = (output: Output, result: ReturnType<Readers.Read>): void => {
  if (result === undefined) return
  if ("reason" in result) output.rejects.push(result)
  else if ("stream" in result) output.records.push(result)
  else output.records.push(...result)
}

/** What an entry says that it is of: an instrument, or an index. */
const ofOther = (item: Fields, { instrument }: Stream, channel: string): Reject | undefined => {
  const { index_name: index, instrument_name: name } = item
  if (name !== undefined && name !== instrument.native)
    return { reason: "symbol_mismatch", detail: mismatch("data.instrument_name", instrument.native, name) }
  if (index !== undefined && !channel.endsWith(`.${String(index)}`))
    return { reason: "symbol_mismatch", detail: mismatch("data.index_name", channel, index) }
  return undefined
}

const opening = new Literal('{"jsonrpc":"2.0","method":"subscription","params":{"channel":"')

/**
 * Decodes `{"method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms","data":{…}}}`, answers and heartbeats.
 * A channel carries every stream that was asked for of it; of one that nobody asked for it carries its own word.
 *
 * A book's change goes to its scanner first and, when that is surprised by anything, to the guards.
 */
export const makeDecoder = (
  catalogue: Catalogue,
  streamsOf: StreamsOf,
  scan: Scan | false = scanBook,
): Decode => {
  const books = new KnownStreams()
  catalogue.onForget((stream) => books.forget(stream))

  const decodeData = (params: Fields, receivedAt: number, output: Output): void => {
    const { data } = params
    if (typeof params["channel"] !== "string")
      return reject(output, "bad_field", mismatch("params.channel", "a name", params["channel"]))
    const channel = usualSpeed(params["channel"])
    const asked = streamsOf(channel)
    const own: Stream | undefined = asked.length > 0 ? undefined : catalogue.find(channel)
    const streams = own === undefined ? asked : [own]
    const [first] = streams
    if (first === undefined)
      return reject(output, "unknown_stream", `params.channel: ${show(channel)} is none of ours`)
    const { levels, type } = first.dataType
    if (scan !== false && type === "depth" && levels === undefined && streams.length === 1)
      books.learn(params["channel"], first, scan)
    const items: ReadonlyArray<unknown> = Array.isArray(data) ? data : [data]
    const records: Array<Decoded> = []
    const read: Output = { ...output, records, rejects: [] }
    for (const item of items) {
      if (!isFields(item)) return reject(output, "bad_field", mismatch("data", "an object", item), first)
      const other = ofOther(item, first, channel)
      if (other !== undefined) return reject(output, other.reason, other.detail, first)
      for (const stream of streams) put(read, readerOf(stream)(item, stream, receivedAt))
    }
    // One reject for a frame, however many of its entries are bad; and no record of it then.
    const [bad] = read.rejects
    if (bad !== undefined) output.rejects.push(bad)
    else if (records.length > 0) output.records.push(...records)
    else output.skips.push("unsubscribed")
  }

  /** Whether a scanner took it. */
  const isScanned = (frame: Frame, receivedAt: number, output: Output): boolean => {
    if (frame.length > maxScratchFrame) return false
    const { writer } = output
    const from = scratch.lay(writer, frame)
    const channel = literal(writer.view, from, opening)
    const known = channel < 0 ? undefined : books.names.find(writer.view, channel, writer.frameEnd)
    return known !== undefined && known.scan(books.names.end, known, frame, receivedAt, output)
  }

  return (frame, receivedAt, output) => {
    if (scan !== false && isScanned(frame, receivedAt, output)) return
    const text = textOf(frame.bytes, output)
    if (text === undefined) return
    const message = parseExact(text)
    if (message === undefined) return reject(output, "not_json", `${frame.length} bytes that are no JSON`)
    if (!isFields(message)) return reject(output, "not_object", mismatch("the message", "an object", message))
    if (message["method"] !== "subscription") return readControl(message, streamsOf, output)
    const { params } = message
    if (!isFields(params)) return reject(output, "bad_field", mismatch("params", "an object", params))
    decodeData(params, receivedAt, output)
  }
}
