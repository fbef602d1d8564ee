import { parseDataType } from "../../src/domain/DataType.ts"
import { type Decoded, noSequence, type Source } from "../../src/domain/Decoded.ts"
import { encodeBatch } from "../../src/domain/Encoder.ts"
import type { Envelope } from "../../src/domain/Envelope.ts"
import type { Market } from "../../src/domain/Instrument.ts"
import { makeStream, type Stream } from "../../src/domain/Stream.ts"

/** A stream of an exchange that is none. */
export const testStream = (options: {
  readonly dataType?: string
  readonly exchange?: string
  readonly market?: Market
  readonly base?: string
  readonly quote?: string
  readonly symbol?: string
}): Stream => {
  const { dataType = "trade", exchange = "test", market = "spot", base = "BTC", quote = "USDT" } = options
  const symbol = options.symbol ?? `${base}-${quote}`
  return makeStream({
    venue: exchange,
    dataType: parseDataType(dataType)!,
    instrument: { exchange, market, base, quote, symbol, native: `${base}${quote}` },
    wire: `${symbol}@${dataType}`,
    route: "",
  })
}

export const testTime = Date.UTC(2025, 0, 15, 12)

/** A trade whose id and price are `number`, so that order and completeness can be read off it. */
export const testTrade = (stream: Stream, number: number, timestamp = testTime + number): Decoded => ({
  stream,
  type: stream.dataType.type,
  key: String(number),
  timestamp,
  receivedAt: timestamp + 0.25,
  data: `{"price":"${number}.00","quantity":"1","side":"buy","tradeId":"${number}","tradeTime":${timestamp}}`,
  first: noSequence,
  last: noSequence,
  previous: noSequence,
})

/** Envelopes of one buffer: numbers `first … first + count - 1`, dealt to the streams in turn. */
export const testEnvelopes = (
  streams: ReadonlyArray<Stream>,
  first: number,
  count: number,
  source: Source = "stream",
): ReadonlyArray<Envelope> =>
  encodeBatch(
    Array.from({ length: count }, (_, index) =>
      testTrade(streams[(first + index) % streams.length]!, first + index),
    ),
    source,
  )

export const numberOf = (envelope: Envelope): number => Number(envelope.key)
