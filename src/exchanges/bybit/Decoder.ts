import type { Decode, Decoded, Output, Reject } from "../../domain/Decoded.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Catalogue } from "../wire/Catalogue.ts"
import { parseJson } from "../wire/ExactJson.ts"
import { type Fields, isFields, mismatch, reject, show, timeOf } from "../wire/Fields.ts"
import { maxTextBytes, textOf } from "../wire/Frames.ts"
import { KnownStreams, type Scan } from "../scan/KnownStreams.ts"
import { Literal } from "../scan/Literal.ts"
import { literal } from "../scan/Steps.ts"
import { readControl } from "./Controls.ts"
import { categories } from "./Names.ts"
import { readBest, readBook, readKline, readLiquidation, readTrade } from "./Readers.ts"
import { bybitScanners } from "./Scanners.ts"
import { makeTickers } from "./Tickers.ts"
import { wordsOf } from "./Topics.ts"

/** The streams of a category and topic that were asked for. */
export type StreamsOf = (key: string) => ReadonlyArray<Stream>

type ReadOne = (
  item: unknown,
  stream: Stream,
  receivedAt: number,
  message: Fields,
) => Decoded | Reject | undefined

const opening = new Literal('{"topic":"')

/** How the data of each kind of topic is read; klines and tickers besides. */
const readers: ReadonlyMap<string, ReadOne> = new Map<string, ReadOne>([
  ["publicTrade", readTrade],
  ["orderbook.1", readBest],
  ["orderbook.1000", readBook],
  ["allLiquidation", readLiquidation],
])

/**
 * Decodes `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":…,"data":[…]}` and the answers to commands. All prices and
 * sizes are text; numbers are times and sequences below 2^53. A topic does not say its category: the route does, and where
 * that is not known, what was asked for, where it is of one category alone.
 *
 * A frame of a known category goes to its topic's scanner first, where it has one, and when that is surprised by anything,
 * to the guards.
 */
export const makeDecoder = (
  catalogue: Catalogue,
  asked: StreamsOf,
  scanners: ReadonlyMap<string, Scan> = bybitScanners,
): Decode => {
  const tickers = makeTickers()
  const knownOf = new Map<string, KnownStreams>(categories.map((each) => [each, new KnownStreams()]))

  catalogue.onForget((stream) => knownOf.get(stream.route)?.forget(stream))

  /** Where nothing was asked for, as in a recording, all that a topic brings. */
  const known = (route: string, topic: string): ReadonlyArray<Stream> => {
    const channel = topic.slice(0, topic.lastIndexOf("."))
    const own = catalogue.find(`${route}:${topic}`)
    if (own === undefined) return []
    return wordsOf(channel).flatMap((word) => {
      const stream = word === own.dataType.word ? own : catalogue.find(`${route}:${topic}#${word}`)
      return stream === undefined ? [] : [stream]
    })
  }

  const streamsOf = (route: string | undefined, topic: string): ReadonlyArray<Stream> => {
    if (route !== undefined) {
      const found = asked(`${route}:${topic}`)
      return found.length > 0 ? found : known(route, topic)
    }
    const found = categories.map((each) => asked(`${each}:${topic}`)).filter((each) => each.length > 0)
    return found.length === 1 ? found[0]! : []
  }

  /** Every entry is read, so that one reject stands for all that is bad in the frame; no record is taken of it then. */
  const readEntries = (
    read: ReadOne,
    message: Fields,
    stream: Stream,
    receivedAt: number,
  ): ReadonlyArray<Decoded> | Reject => {
    const { data } = message
    const isBook = stream.wire.includes(":orderbook.")
    if (!isBook && !Array.isArray(data))
      return { reason: "bad_field", detail: mismatch("data", "a list", data), stream }
    const entries: ReadonlyArray<unknown> = isBook ? [data] : (data as ReadonlyArray<unknown>)
    const records: Array<Decoded> = []
    for (const entry of entries) {
      const result = read(entry, stream, receivedAt, message)
      if (result === undefined) continue
      if ("reason" in result) return result
      records.push(result)
    }
    return records
  }

  const readData = (
    message: Fields,
    topic: string,
    receivedAt: number,
    output: Output,
    route: string | undefined,
  ): void => {
    const streams = streamsOf(route, topic)
    const [stream] = streams
    if (stream === undefined)
      return reject(
        output,
        "unknown_stream",
        `topic: ${show(topic)} is none of ours${route === undefined ? ", or of more than one category" : ""}`,
      )
    if (timeOf(message["ts"]) === undefined)
      return reject(output, "bad_number", mismatch("ts", "milliseconds", message["ts"]), stream)
    const channel = topic.slice(0, topic.lastIndexOf("."))
    const scan = scanners.get(channel)
    if (scan !== undefined && streams.length === 1 && stream.wire === `${route}:${topic}`)
      knownOf.get(stream.route)!.learn(topic, stream, scan)
    const read = readers.get(channel) ?? readKline
    const result =
      channel === "tickers"
        ? tickers.read(`${stream.route}:${topic}`, streams, message, receivedAt)
        : readEntries(read, message, stream, receivedAt)
    if ("reason" in result) {
      output.rejects.push(result)
      return
    }
    for (const record of result) output.records.push(record)
    if (result.length === 0) output.controls.push({ kind: "notice", text: "a message without a record" })
  }

  /** Whether a scanner took it. */
  const isScanned = (frame: Frame, receivedAt: number, output: Output, route: string): boolean => {
    const names = knownOf.get(route)?.names
    if (names === undefined || frame.length > maxTextBytes) return false
    const { writer } = output
    const from = writer.show(frame)
    const { frameEnd, view } = writer
    const topic = literal(view, from, opening)
    const known = topic < 0 ? undefined : names.find(view, topic, frameEnd)
    return known !== undefined && known.scan(names.end, known, frame, receivedAt, output)
  }

  return (frame, receivedAt, output, route) => {
    if (route !== undefined && isScanned(frame, receivedAt, output, route)) return
    const text = textOf(frame.bytes, output)
    if (text === undefined) return
    const message = parseJson(text)
    if (message === undefined) return reject(output, "not_json", `${frame.length} bytes that are no JSON`)
    if (!isFields(message)) return reject(output, "not_object", mismatch("the message", "an object", message))
    const { topic } = message
    if (topic === undefined) return readControl(message, (each) => streamsOfError(each, route), output)
    if (typeof topic !== "string") return reject(output, "bad_field", mismatch("topic", "a name", topic))
    readData(message, topic, receivedAt, output, route)
  }

  /** A topic in an error's words: streams that were asked for alone. */
  function streamsOfError(topic: string, route: string | undefined): ReadonlyArray<Stream> {
    return route === undefined ? streamsOf(undefined, topic) : asked(`${route}:${topic}`)
  }
}
