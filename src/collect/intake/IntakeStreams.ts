import { parseDataType } from "../../domain/DataType.ts"
import type { MarketRecord } from "../../domain/Record.ts"
import { intakeRoute, makeStream, type Stream } from "../../domain/Stream.ts"

/** Streams kept at most; beyond that they are made again as they come. */
const maxKnown = 16_384

/** The word of `dataTypes` that a record belongs to; `undefined` for a gap of a channel that is none. */
const wordOf = (record: MarketRecord): string => {
  switch (record.type) {
    case "trade":
      return record.data.aggregate === undefined ? "trade" : "aggTrade"
    case "kline":
      return `kline_${record.data.interval}`
    case "depth":
      return record.data.kind === "snapshot" && record.data.depth !== undefined
        ? `depth${record.data.depth}`
        : "depth"
    case "long_short_ratio":
      return `long_short_ratio_${record.data.period}`
    case "gap":
      return record.data.channel
    default:
      return record.type
  }
}

/**
 * Streams of what is handed in: by name those that a venue's connections carry, and yet other objects, of `intakeRoute`.
 * Always the same object for the same stream.
 */
export class IntakeStreams {
  readonly #known = new Map<string, Stream>()

  /** Of a venue's stream; `task`: whose rows they are. */
  of(stream: Stream, task?: string): Stream {
    if (stream.route === intakeRoute && stream.task === task) return stream
    const { task: _, ...rest } = stream
    return this.#intern({ ...rest, route: intakeRoute, ...(task === undefined ? {} : { task }) })
  }

  /** Of a record from outside: its venue is its exchange. Why there is none, where its words mean nothing. */
  ofRecord(record: MarketRecord, task?: string): Stream | string {
    const word = wordOf(record)
    const dataType = parseDataType(word)
    if (dataType === undefined) return `"${word}" is no word of dataTypes`
    const { exchange, market, native, symbol } = record
    const [base = "", quote = ""] = symbol.split("-")
    const instrument = { exchange, market, base, quote, symbol, native }
    return this.#intern({
      venue: exchange,
      dataType,
      instrument,
      wire: native,
      route: intakeRoute,
      ...(task === undefined ? {} : { task }),
    })
  }

  #intern({
    dataType,
    instrument,
    route,
    task,
    unnumbered,
    venue,
    wire,
  }: Parameters<typeof makeStream>[0]): Stream {
    const { exchange, market, native, symbol } = instrument
    const name = JSON.stringify([venue, dataType.word, exchange, market, symbol, native, wire, task])
    const known = this.#known.get(name)
    if (known !== undefined) return known
    if (this.#known.size >= maxKnown) this.#known.clear()
    const more = { ...(unnumbered === true ? { unnumbered } : {}), ...(task === undefined ? {} : { task }) }
    const made = makeStream({ venue, dataType, instrument, wire, route, ...more })
    this.#known.set(name, made)
    return made
  }
}
