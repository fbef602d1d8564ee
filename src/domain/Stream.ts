import { isAscii } from "node:buffer"
import type { DataType, RecordType } from "./DataType.ts"
import type { Instrument } from "./Instrument.ts"

/**
 * Venue × channel × instrument (× parameter): the unit of subscription, order, continuity and liveness. Made once
 * and shared by identity, so that the hot path compares and looks up objects and concatenates ready-made text.
 */
export interface Stream {
  /** `binance-usdm:kline_1m:BTC-USDT-PERP`: unique in a process, the key of mailboxes, ledgers and status. */
  readonly key: string
  readonly venue: string
  readonly dataType: DataType
  readonly instrument: Instrument
  /** The venue's own name of the stream, as in `btcusdt@trade`. */
  readonly wire: string
  /** Streams of different routes cannot share a connection (Binance USD-M: `public`, `market`). */
  readonly route: string
  /** Its trades are not numbered one by one, or nobody says that its klines are closed: nothing shows that one is missing. */
  readonly unnumbered?: true
  /** Of rows that a task brought: its id, by which they are found where they went. Of `intakeRoute` alone. */
  readonly task?: string
  /** The record's text up to and with its id's prefix: `{"type":…,"id":"binance:BTC-USDT:trade:`. */
  readonly head: string
  /** `head` in UTF-8. */
  readonly headBytes: Uint8Array
  /** The same for `gap` records of this stream; their id's key begins with the channel word. */
  readonly gapHead: string
  /** Whether both are ASCII, as nearly all are: an exchange may list a token under any name. */
  readonly ascii: boolean
}

/**
 * The route of streams whose records no connection and no poll of ours brought: rows of history, a plugin's results. They
 * say nothing about the continuity of the stream that is collected under the same name.
 */
export const intakeRoute = "intake"

const headOf = (type: RecordType, instrument: Instrument): string => {
  const { exchange, market, symbol, native } = instrument
  const fields = JSON.stringify({
    type,
    exchange,
    market,
    symbol,
    native,
    id: `${exchange}:${symbol}:${type}:`,
  })
  return fields.slice(0, -2)
}

export const makeStream = (options: {
  readonly venue: string
  readonly dataType: DataType
  readonly instrument: Instrument
  readonly wire: string
  readonly route: string
  readonly unnumbered?: true
  readonly task?: string
}): Stream => {
  const head = headOf(options.dataType.type, options.instrument)
  const headBytes = Uint8Array.from(Buffer.from(head))
  return {
    ...options,
    ascii: isAscii(headBytes),
    key: `${options.venue}:${options.dataType.word}:${options.instrument.symbol}`,
    head,
    headBytes,
    gapHead: headOf("gap", options.instrument),
  }
}

/** A record's id from its stream's head and its own key. */
export const recordId = (stream: Stream, type: RecordType, key: string): string =>
  `${stream.instrument.exchange}:${stream.instrument.symbol}:${type}:${key}`
