import { isAscii, isUtf8 } from "node:buffer"
import type { Decode, Output } from "../../domain/Decoded.ts"
import type { Frame } from "../../domain/Frame.ts"
import type { Catalogue } from "./Catalogue.ts"
import { readControl } from "./Controls.ts"
import { Literal } from "../scan/Literal.ts"
import { literal } from "../scan/Steps.ts"
import { isFields, mismatch, reject, show } from "./Fields.ts"
import { allChannels, isPolled } from "./StreamNames.ts"
import type { Readers } from "./Reader.ts"

/** The largest real message (a delta of a thousand levels a side) is below 100 KB. */
export const maxFrameBytes = 4 * 1024 * 1024

const opening = '{"stream":"'
const openingText = new Literal(opening)
const between = new Literal('","data":{')

/** The stream that the first bytes of a combined frame name. */
export const wireOfFrame = (start: string): string | undefined =>
  start.startsWith(opening) ? start.slice(opening.length, start.indexOf('"', opening.length)) : undefined

const parse = (text: string, output: Output): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    reject(output, "not_json", String(error).slice(0, 200))
    return undefined
  }
}

/**
 * Decodes frames of a combined connection, `{"stream":"ethusdt@trade","data":{…}}`. What a message is follows from
 * its stream's name alone: USD-M sends partial books under the same event as deltas.
 *
 * A frame goes to its stream's scanner first and, when that is surprised by anything, to the guarded reader.
 */
export const makeDecoder = (catalogue: Catalogue, readers: Readers): Decode => {
  const guarded = ({ bytes }: Frame, receivedAt: number, output: Output): void => {
    const ascii = isAscii(bytes)
    if (!ascii && !isUtf8(bytes)) return reject(output, "not_json", "bytes that are no UTF-8")
    const message = parse(bytes.toString(ascii ? "latin1" : "utf8"), output)
    if (message === undefined) return
    if (!isFields(message)) return reject(output, "not_object", mismatch("the message", "an object", message))
    const { stream, data } = message
    if (stream === undefined) return readControl(message, output)
    if (typeof stream !== "string") return reject(output, "bad_field", mismatch("stream", "a name", stream))
    if (!isFields(data)) return reject(output, "bad_field", mismatch("data", "an object", data))
    if (stream === "!serverShutdown" || data["e"] === "serverShutdown") {
      output.controls.push({ kind: "shutdown" })
      return
    }
    const entry = catalogue.find(stream)
    if (entry === undefined || isPolled(entry.channel))
      return reject(output, "unknown_stream", `stream: ${show(stream)} is none of ours`)
    const records = output.records.length
    for (const each of catalogue.carriedBy(entry)) {
      const rejects = output.rejects.length
      if (!isPolled(each.channel)) readers[each.channel]?.read(data, each, receivedAt, output)
      if (output.rejects.length > rejects) return
    }
    const isContract = entry.channel === "markPrice" || entry.channel === "forceOrder"
    // A mark price that carries nothing of what was asked for.
    if (isContract && output.records.length === records) output.skips.push("unsubscribed")
  }

  const { known } = catalogue
  const scans = allChannels.map((channel) => (isPolled(channel) ? undefined : readers[channel]?.scan))

  return (frame, receivedAt, output) => {
    if (frame.length > maxFrameBytes) {
      return reject(output, "too_large", `${frame.length} bytes, at most ${maxFrameBytes}`)
    }
    const { writer } = output
    const from = writer.show(frame)
    const { view } = writer
    const name = literal(view, from, openingText)
    const entry = name < 0 ? undefined : known.find(view, name, writer.frameEnd)
    if (entry !== undefined) {
      const data = literal(view, known.end, between)
      const scan = scans[entry.place]
      if (data >= 0 && scan !== undefined && scan(data, entry, receivedAt, output)) return
    }
    const rejected = output.rejects.length
    guarded(frame, receivedAt, output)
    if (entry === undefined || output.rejects.length === rejected) return
    output.rejects.push({ ...output.rejects.pop()!, stream: entry.stream })
  }
}
