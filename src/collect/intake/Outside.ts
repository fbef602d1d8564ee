import { Result } from "effect"
import { type Decoded, noSequence, type Source } from "../../domain/Decoded.ts"
import { type MarketRecord, readRecord } from "../../domain/Record.ts"
import { recordId } from "../../domain/Stream.ts"
import { isFields, maxTime, show } from "../../exchanges/wire/Fields.ts"
import type { IntakeStreams } from "./IntakeStreams.ts"

/** A record that is ready to be encoded. */
export interface Row {
  readonly record: Decoded
  readonly source: Source
}

/** What names are made of: they stand in topics, file names and ids. */
const name = /^[^\s\p{Cc}]{1,128}$/u
/** What a key is made of: it stands in the record's text as it is. */
const plainKey = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,256}$/

/** The last part of a record's id, as the contract has it. */
const keyOf = (record: MarketRecord): string => {
  const { timestamp } = record
  switch (record.type) {
    case "trade":
      return record.data.aggregate === undefined ? record.data.tradeId : `agg:${record.data.tradeId}`
    case "kline":
      return `${record.data.interval}:${record.data.startTime}:${record.data.closed ? "closed" : timestamp}`
    case "bbo":
      return record.data.sequence ?? String(timestamp)
    case "depth":
      return record.data.kind === "delta"
        ? record.data.sequence.last
        : `snapshot:${record.data.depth ?? "full"}:${record.data.sequence.last}`
    case "liquidation": {
      const { price, quantity, side, tradeTime } = record.data
      return `${tradeTime}:${side}:${price}:${quantity}`
    }
    case "long_short_ratio":
      return `${record.data.kind}:${record.data.period}:${timestamp}`
    case "gap":
      return `${record.data.channel}:${record.data.from.sequence ?? record.data.from.timestamp ?? timestamp}`
    default:
      return String(timestamp)
  }
}

/** What a row without a time of its own is of: a trade its trade time, a closed kline its end; else nothing. */
const ownTime = ({ data, type }: Readonly<Record<string, unknown>>): unknown => {
  if (!isFields(data)) return undefined
  if (type === "trade" || type === "liquidation") return data["tradeTime"]
  return type === "kline" && data["closed"] === true ? data["endTime"] : undefined
}

const beyondAscii = /[\u0080-\uffff]/g
const escaped = (character: string) => "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0")

/** JSON in the order of the contract; ASCII, since that is what a record's data are. */
const dataText = (data: object): string => JSON.stringify(data).replace(beyondAscii, escaped)

/**
 * The record of an object in the form of the output. Where they are absent, `id` is made as the contract has it,
 * `receivedAt` is now, `source` is `rest`, and `timestamp` is the row's own time, else the receive time. Everything else
 * is the Schema's to judge; the failure says what is wrong with it.
 */
export const readOutside = (
  value: unknown,
  now: number,
  streams: IntakeStreams,
  task?: string,
): Result.Result<Row, string> => {
  if (!isFields(value)) return Result.fail(`an object, got ${show(value)}`)
  const receivedAt = value["receivedAt"] ?? now
  const own = value["timestamp"] ?? ownTime(value)
  const time =
    own === undefined && typeof receivedAt === "number"
      ? { timestamp: Math.floor(receivedAt), timestampSource: "receive" }
      : { timestamp: own }
  const filled = {
    ...value,
    receivedAt,
    source: value["source"] ?? "rest",
    id: value["id"] ?? "absent",
    ...time,
    ...(value["type"] === "gap" ? { revision: value["revision"] ?? 1 } : {}),
  }
  const read = readRecord(filled)
  if (Result.isFailure(read)) return Result.fail(read.failure.detail)
  const record = read.success
  if (record.timestamp === 0 || record.timestamp > maxTime)
    return Result.fail("timestamp: milliseconds since the epoch, before the year 10000")
  if (!name.test(record.exchange))
    return Result.fail("exchange: a name without spaces, 128 characters at most")
  if (!name.test(record.symbol)) return Result.fail("symbol: a name without spaces, 128 characters at most")
  const stream = streams.ofRecord(record, task)
  if (typeof stream === "string") return Result.fail(stream)
  const prefix = recordId(stream, record.type, "")
  const given = value["id"]
  if (typeof given === "string" && !given.startsWith(prefix))
    return Result.fail(`id: begins with ${prefix}, or is left out`)
  const key = typeof given === "string" ? given.slice(prefix.length) : keyOf(record)
  if (!plainKey.test(key))
    return Result.fail("id: its last part is printable ASCII without quotes and backslashes")
  return Result.succeed({
    source: record.source,
    record: {
      stream,
      type: record.type,
      key,
      timestamp: record.timestampSource === "receive" ? 0 : record.timestamp,
      receivedAt: record.receivedAt,
      data: dataText(record.data),
      first: noSequence,
      last: noSequence,
      previous: noSequence,
      ...(record.type === "gap" ? { revision: record.revision } : {}),
    },
  })
}
