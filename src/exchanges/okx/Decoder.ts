import type { Decode, Decoded, Output, Reject } from "../../domain/Decoded.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Catalogue } from "../wire/Catalogue.ts"
import { type Fields, isFields, mismatch, reject, show } from "../wire/Fields.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { maxTextBytes, textOf } from "../wire/Frames.ts"
import { KnownStreams, type Scan } from "../scan/KnownStreams.ts"
import { Literal } from "../scan/Literal.ts"
import { Names } from "../scan/Names.ts"
import { literal } from "../scan/Steps.ts"
import { argumentKey } from "./Channels.ts"
import { readControl, type StreamsOf } from "./Controls.ts"
import { readFunding, readLiquidations, readOpenInterest, readPrice } from "./Derivatives.ts"
import { instIdOf, type Read, readBest, readBook, readCandle, readTicker, readTrade } from "./Readers.ts"
import { okxScanners } from "./Scanners.ts"

/** How each channel's entries are read. All of OKX's prices and sizes are text; sequences are small integers. */
const readers: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["trades", readTrade],
  ["trades-all", readTrade],
  ["tickers", readTicker],
  ["bbo-tbt", readBest],
  ["books", readBook],
  ["books5", readBook],
  ["funding-rate", readFunding],
  ["open-interest", readOpenInterest],
  ["mark-price", readPrice("markPx")],
  ["index-tickers", readPrice("idxPx")],
])

const put = (output: Output, result: Decoded | Reject | undefined): void => {
  if (result === undefined) return
  if ("reason" in result) output.rejects.push(result)
  else output.records.push(result)
}

/** One reject for a frame, however many of its entries are bad; and no record of it then. */
const settle = (output: Output, records: number, rejects: number): void => {
  if (output.rejects.length === rejects) return
  output.rejects.length = rejects + 1
  output.records.length = records
}

const opening = new Literal('{"arg":{"channel":"')
const between = new Literal('","instId":"')

interface ScannedChannel {
  readonly scan: Scan
  readonly known: KnownStreams
}

/**
 * Decodes `{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[…]}`, the answers to commands, and the text `pong`.
 * The argument alone says what a message is.
 *
 * A frame goes to its channel's scanner first, where it has one, and when that is surprised by anything, to the guards.
 */
export const makeDecoder = (
  catalogue: Catalogue,
  streamsOf: StreamsOf,
  scanners: ReadonlyMap<string, Scan> = okxScanners,
): Decode => {
  const channels = new Map<string, ScannedChannel>()
  const byName = new Names<ScannedChannel>()
  for (const [channel, scan] of scanners) {
    const scanned = { scan, known: new KnownStreams() }
    channels.set(channel, scanned)
    byName.set(channel, scanned)
    catalogue.onForget((stream) => scanned.known.forget(stream))
  }

  const known = (channel: string, instId: string): Stream | undefined =>
    catalogue.find(`${channel}:${instId}`)

  const readItems = (
    channel: string,
    message: Fields,
    streams: ReadonlyArray<Stream>,
    data: ReadonlyArray<unknown>,
    receivedAt: number,
    output: Output,
  ): void => {
    const read = readers.get(channel)
    for (const item of data)
      for (const stream of streams) {
        if (read === undefined) put(output, readCandle(item, stream, receivedAt))
        else if (isFields(item)) put(output, read(item, stream, receivedAt, message))
        else reject(output, "bad_field", mismatch("data", "a list of objects", item), stream)
      }
  }

  /** One message for the liquidations of every instrument of a type. */
  const readAllLiquidations = (data: ReadonlyArray<unknown>, receivedAt: number, output: Output): void => {
    for (const item of data) {
      const instId = instIdOf(item)
      const stream = instId === undefined ? undefined : known("liquidation-orders", instId)
      if (stream === undefined)
        reject(output, "unknown_stream", `data.instId: ${show(instId)} is none of ours`)
      else for (const each of readLiquidations(item as Fields, stream, receivedAt)) put(output, each)
    }
  }

  const readData = (message: Fields, receivedAt: number, output: Output): void => {
    const { arg, data } = message
    if (!isFields(arg) || typeof arg["channel"] !== "string")
      return reject(
        output,
        "bad_field",
        mismatch("arg.channel", "a name", isFields(arg) ? arg["channel"] : arg),
      )
    const { channel } = arg
    const key = argumentKey(arg as Readonly<Record<string, string>>)
    if (!Array.isArray(data))
      return reject(output, "bad_field", mismatch("data", "a list", data), streamsOf(key)[0])
    if (channel === "liquidation-orders") return readAllLiquidations(data, receivedAt, output)
    const asked = streamsOf(key)
    const one = asked.length > 0 ? undefined : known(channel, String(arg["instId"]))
    const streams = one === undefined ? asked : [one]
    const [stream] = streams
    if (stream === undefined) return reject(output, "unknown_stream", `arg: ${show(key)} is none of ours`)
    const scanned = channels.get(channel)
    if (scanned !== undefined && streams.length === 1 && stream.wire === key)
      scanned.known.learn(stream.instrument.native, stream, scanned.scan)
    const instId = instIdOf(data[0])
    if (instId !== undefined && instId !== arg["instId"])
      return reject(output, "symbol_mismatch", mismatch("data.instId", show(arg["instId"]), instId), stream)
    readItems(channel, message, streams, data, receivedAt, output)
  }

  /** Whether a scanner took it. */
  const isScanned = (frame: Frame, receivedAt: number, output: Output): boolean => {
    if (frame.length > maxTextBytes) return false
    const { writer } = output
    const from = writer.lay(frame)
    const { frameEnd, view } = writer
    const channel = literal(view, from, opening)
    if (channel < 0) return false
    const scanned = byName.find(view, channel, frameEnd)
    if (scanned === undefined) return false
    const name = literal(view, byName.end, between)
    const { names } = scanned.known
    const known = name < 0 ? undefined : names.find(view, name, frameEnd)
    return known !== undefined && known.scan(names.end, known, frame, receivedAt, output)
  }

  return (frame, receivedAt, output) => {
    if (isScanned(frame, receivedAt, output)) return
    const text = textOf(frame.bytes, output)
    if (text === undefined) return
    if (text === "pong") {
      output.controls.push({ kind: "pong" })
      return
    }
    const message = parseJson(text)
    if (message === undefined) return reject(output, "not_json", `${frame.length} bytes that are no JSON`)
    if (!isFields(message)) return reject(output, "not_object", mismatch("the message", "an object", message))
    if (message["event"] !== undefined) return readControl(message, streamsOf, output)
    const records = output.records.length
    const rejects = output.rejects.length
    readData(message, receivedAt, output)
    settle(output, records, rejects)
    if (output.records.length === records && output.rejects.length === rejects)
      output.controls.push({ kind: "notice", text: "a message without an entry" })
  }
}
