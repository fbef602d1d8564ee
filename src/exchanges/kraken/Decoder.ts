import type { Decode, Output } from "../../domain/Decoded.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { Catalogue } from "../wire/Catalogue.ts"
import { isFields, mismatch, reject, show } from "../wire/Fields.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { textOf } from "../wire/Frames.ts"
import { KnownStreams, type Scan } from "../scan/KnownStreams.ts"
import { maxScratchFrame } from "../scan/Scratch.ts"
import { readBook } from "./BookReader.ts"
import { readControl } from "./Controls.ts"
import { type Read, readCandle, readSpread, readTicker, readTrades } from "./Readers.ts"
import { scanBook, scratch } from "./Scanners.ts"

const readers: ReadonlyMap<string, Read> = new Map([
  ["trade", readTrades],
  ["kline", readCandle],
  ["ticker", readTicker],
  ["bbo", readSpread],
  ["depth", readBook],
])

const quote = 34
/** `"]` */
const behindPair = 2

/**
 * Decodes `[number, data, …, "book-1000", "XBT/USD"]` and the objects beside it. Prices and volumes are text on the wire;
 * what is bare are counts, and numbers of channels and connections, which are not needed.
 *
 * A frame goes to the scanner of books' changes first and, when that is surprised by anything, to the guards.
 */
export const makeDecoder = (catalogue: Catalogue, scan: Scan | false = scanBook): Decode => {
  const books = new KnownStreams()
  catalogue.onForget((stream) => books.forget(stream))

  /** Whether a scanner took it. The pair is the last thing in a frame. */
  const isScanned = (frame: Frame, receivedAt: number, output: Output): boolean => {
    if (frame.length > maxScratchFrame) return false
    const { writer } = output
    const from = scratch.lay(writer, frame)
    const { frameEnd, view } = writer
    let name = frameEnd - behindPair
    while (name > from && view.getUint8(name - 1) !== quote) name--
    const known = books.names.find(view, name, frameEnd)
    return known !== undefined && known.scan(from, known, frame, receivedAt, output)
  }

  return (frame, receivedAt, output) => {
    if (scan !== false && isScanned(frame, receivedAt, output)) return
    const text = textOf(frame.bytes, output)
    if (text === undefined) return
    const message = parseJson(text)
    if (message === undefined) return reject(output, "not_json", `${frame.length} bytes that are no JSON`)
    if (isFields(message)) return readControl(message, catalogue, output)
    if (!Array.isArray(message))
      return reject(output, "not_object", mismatch("the message", "an object or a list", message))
    const channel: unknown = message.at(-2)
    const pair: unknown = message.at(-1)
    if (message.length < 4 || typeof channel !== "string" || typeof pair !== "string")
      return reject(
        output,
        "bad_field",
        `a list of ${message.length} that does not end in a channel and a pair`,
      )
    const stream = catalogue.find(`${channel}:${pair}`)
    if (stream === undefined)
      return reject(output, "unknown_stream", `${show(channel)} of ${show(pair)} is none of ours`)
    if (scan !== false && stream.dataType.type === "depth") books.learn(pair, stream, scan)
    const read = readers.get(stream.dataType.type)!(message.slice(1, -2), stream, receivedAt)
    if ("reason" in read) {
      output.rejects.push(read)
      return
    }
    output.records.push(...read)
    if (read.length === 0) output.controls.push({ kind: "notice", text: "a message without an entry" })
  }
}
