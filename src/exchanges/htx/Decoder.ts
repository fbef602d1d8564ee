import type { Decode, Decoded, Output, Reject } from "../../domain/Decoded.ts"
import { Frame } from "../../domain/Frame.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Catalogue } from "../wire/Catalogue.ts"
import { parseExact } from "../wire/ExactJson.ts"
import { aTime, type Fields, isFields, mismatch, reject, rejectField, show, timeOf } from "../wire/Fields.ts"
import { gunzip, textOf } from "../wire/Frames.ts"
import type { Moment } from "../wire/Records.ts"
import { KnownStreams, type Scan } from "../scan/KnownStreams.ts"
import { Literal } from "../scan/Literal.ts"
import { maxScratchFrame } from "../scan/Scratch.ts"
import { literal } from "../scan/Steps.ts"
import { readControl } from "./Controls.ts"
import { scratch } from "./Scanners.ts"

/** The records of one message, from what its `tick`, `data` or notification holds. */
export type Read = (tick: Fields, moment: Moment) => ReadonlyArray<Decoded> | Reject

const opening = new Literal('{"ch":"')

/**
 * Every frame of HTX is a gzip member in a binary frame (all of both recorded sessions), decompressed here and nowhere
 * before; a text is taken as it is, for recordings that somebody decompressed. A message says what it is:
 *
 * - `{"ch": topic, "ts": …, "tick": {…}}`, a push
 * - `{"rep": topic, "id": …, "status": "ok", "data": {…}}`, the answer to a request
 * - `{"op": "notify", "topic": …, "ts": …, "data": […]}`, a push of a notification endpoint
 *
 * Numbers are bare in JSON, with exponents (`5.33E-4`, `4.0E7`), 27 digits and more: all are read as their text.
 *
 * A book's change goes to `scanBook` first and, when that is surprised by anything, to the guards.
 */
export const makeDecoder = (
  catalogue: Pick<Catalogue, "find" | "onForget">,
  readerOf: (stream: Stream) => Read,
  scanBook?: Scan,
): Decode => {
  const books = new KnownStreams()
  catalogue.onForget((stream) => books.forget(stream))

  const read = (wire: string, message: Fields, held: unknown, receivedAt: number, output: Output): void => {
    const stream = catalogue.find(wire)
    if (stream === undefined)
      return reject(output, "unknown_stream", `the topic ${show(wire)} is none of ours`)
    if (!isFields(held))
      return reject(output, "bad_field", mismatch("tick or data", "an object", held), stream)
    const { levels, type } = stream.dataType
    if (scanBook !== undefined && type === "depth" && levels === undefined)
      books.learn(wire, stream, scanBook)
    const time = message["ts"]
    const timestamp = time === undefined && message["rep"] !== undefined ? 0 : timeOf(time)
    if (timestamp === undefined) return rejectField(output, "ts", aTime, time, stream)
    const result = readerOf(stream)(held, { stream, timestamp, receivedAt })
    if ("reason" in result) output.rejects.push(result)
    else if (result.length === 0) output.controls.push({ kind: "notice", text: "a message without an entry" })
    else output.records.push(...result)
  }

  /** Whether a scanner took it. */
  const isScanned = (frame: Frame, receivedAt: number, output: Output): boolean => {
    if (scanBook === undefined || frame.length > maxScratchFrame) return false
    const { writer } = output
    const from = scratch.lay(writer, frame)
    const topic = literal(writer.view, from, opening)
    const known = topic < 0 ? undefined : books.names.find(writer.view, topic, writer.frameEnd)
    return known !== undefined && known.scan(books.names.end, known, frame, receivedAt, output)
  }

  /** What was decompressed, the same object for every frame. */
  const inflated = new Frame()

  return (frame, receivedAt, output) => {
    const sent = frame.bytes
    const bytes = sent[0] === 0x1f ? gunzip(sent, output) : sent
    if (bytes === undefined || isScanned(inflated.show(bytes, 0, bytes.length), receivedAt, output)) return
    const text = textOf(bytes, output)
    if (text === undefined) return
    const message = parseExact(text)
    if (message === undefined) return reject(output, "not_json", `${frame.length} bytes that are no JSON`)
    if (!isFields(message)) return reject(output, "not_object", mismatch("the message", "an object", message))
    const { ch, data, op, rep, status, tick, topic } = message
    if (typeof ch === "string") return read(ch, message, tick, receivedAt, output)
    if (typeof rep === "string" && status === "ok") return read(rep, message, data, receivedAt, output)
    if (op === "notify" && typeof topic === "string")
      return read(topic, message, { data }, receivedAt, output)
    readControl(message, output)
  }
}
