import { Schema } from "effect"
import type { RecordType } from "../../../src/domain/DataType.ts"
import type { Source } from "../../../src/domain/Decoded.ts"
import { makeStream, type Stream } from "../../../src/domain/Stream.ts"

/** What many envelopes have in common, written once in each segment. */
export interface Definition {
  readonly stream: Stream
  readonly type: RecordType
  readonly source: Source
}

/** Beyond so many, everything known is forgotten and read again as it comes. */
const maxKnown = 65_536

interface Written extends Pick<
  Stream,
  "venue" | "dataType" | "instrument" | "wire" | "route" | "unnumbered" | "task"
> {
  readonly type: RecordType
  readonly source: Source
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const texts = (value: Readonly<Record<string, unknown>>, names: ReadonlyArray<string>): boolean =>
  names.every((name) => typeof value[name] === "string")

const isWritten = (value: unknown): value is Written => {
  if (!isObject(value) || !texts(value, ["venue", "wire", "route", "type", "source"])) return false
  const { dataType, instrument, task } = value
  return (
    (task === undefined || typeof task === "string") &&
    isObject(dataType) &&
    texts(dataType, ["word", "type"]) &&
    isObject(instrument) &&
    texts(instrument, ["exchange", "market", "base", "quote", "symbol", "native"])
  )
}

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

const parse = (text: string): unknown => {
  const parsed = decodeJson(text)
  return parsed._tag === "Some" ? parsed.value : undefined
}

/**
 * Definitions as text and back. A stream that was appended in this process is given back as the very same object, so
 * that whoever compares or looks up streams need not know where an envelope comes from.
 */
export class Definitions {
  private readonly streams = new Map<string, Stream>()
  private readonly known = new Map<string, Definition>()

  /** The text of a definition, for a segment. */
  write({ stream, type, source }: Definition): string {
    const { venue, dataType, instrument, wire, route } = stream
    const written: Written = { venue, dataType, instrument, wire, route, ...furtherOf(stream), type, source }
    this.remember(this.streams, streamText(written), stream)
    return JSON.stringify(written)
  }

  /** `undefined`: this is no definition. */
  read(text: string): Definition | undefined {
    const known = this.known.get(text)
    if (known !== undefined) return known
    const written = parse(text)
    if (!isWritten(written)) return undefined
    const { type, source } = written
    return this.remember(this.known, text, { stream: this.streamOf(written), type, source })
  }

  /**
   * When the definition itself was damaged: from the envelope's payload, which says everything that sinks go by. Only
   * what collectors need (the venue, the name on the wire) is not in it.
   */
  derive(payload: string): Definition {
    const record = parse(payload)
    const text = (name: string): string => {
      const value = isObject(record) ? record[name] : undefined
      return typeof value === "string" ? value : "unknown"
    }
    const type = text("type") as RecordType
    const symbol = text("symbol")
    const [base = "", quote = ""] = symbol.split("-")
    const exchange = text("exchange")
    const market = text("market") as Stream["instrument"]["market"]
    const stream = this.streamOf({
      venue: exchange,
      dataType: { word: type, type },
      instrument: { exchange, market, base, quote, symbol, native: text("native") },
      wire: "",
      route: "",
    })
    return { stream, type, source: text("source") as Source }
  }

  private streamOf(written: Omit<Written, "type" | "source">): Stream {
    const text = streamText(written)
    return this.streams.get(text) ?? this.remember(this.streams, text, streamFrom(written))
  }

  private remember<A>(map: Map<string, A>, text: string, value: A): A {
    if (map.size >= maxKnown) map.clear()
    map.set(text, value)
    return value
  }
}

/** What few streams have. */
const furtherOf = ({ task, unnumbered }: Pick<Stream, "task" | "unnumbered">) => ({
  ...(unnumbered === true ? { unnumbered } : {}),
  ...(task === undefined ? {} : { task }),
})

const streamFrom = (written: Omit<Written, "type" | "source">): Stream => {
  const { venue, dataType, instrument, wire, route } = written
  return makeStream({ venue, dataType, instrument, wire, route, ...furtherOf(written) })
}

const streamText = ({
  venue,
  dataType,
  instrument,
  wire,
  route,
  task,
  unnumbered,
}: Omit<Written, "type" | "source">): string =>
  JSON.stringify([venue, dataType, instrument, wire, route, unnumbered === true, task])
