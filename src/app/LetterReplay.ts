import { Clock, Effect, Result } from "effect"
import type { Letter } from "../../services/DeadLetters.ts"
import { Metrics } from "../../services/Metrics.ts"
import { IntakeStreams } from "../collect/intake/IntakeStreams.ts"
import { readOutside } from "../collect/intake/Outside.ts"
import { makeParser, type Rejected } from "../collect/Parser.ts"
import { parseDataType } from "../domain/DataType.ts"
import { encodeBatch } from "../domain/Encoder.ts"
import type { Envelope } from "../domain/Envelope.ts"
import { decodeRecord } from "../domain/Record.ts"
import { recordId, type Stream } from "../domain/Stream.ts"
import { venues } from "../exchanges/index.ts"
import { isRefusal, type Venue } from "../exchanges/Venue.ts"
import { parseJson } from "../exchanges/wire/ExactJson.ts"

/** What the present decoders make of a letter: its records, with source `replay`, or why there are none. */
export type Replayed = Result.Result<ReadonlyArray<Envelope>, string>

/** The stream of a key, `binance:kline_1m:BTC-USDT`. */
const streamOf = (venue: Venue, key: string): Stream | undefined => {
  const [, word = "", ...symbol] = key.split(":")
  const dataType = parseDataType(word)
  const instrument = venue.instrument(symbol.join(":"))
  if (dataType === undefined || isRefusal(instrument)) return undefined
  const stream = venue.stream(dataType, instrument)
  return isRefusal(stream) ? undefined : stream
}

/** The record that a sink refused, as it was, but for its source. */
const again = Effect.fnUntraced(function* (
  letter: Letter,
  known: Stream | undefined,
  streams: IntakeStreams,
): Effect.fn.Return<Replayed> {
  const text = Buffer.from(letter.bytes).toString("utf8")
  const read = yield* Effect.result(decodeRecord(text))
  if (Result.isFailure(read)) return Result.fail(read.failure.message)
  const { id, type, timestamp } = read.success
  const stream = known ?? streams.ofRecord(read.success)
  if (typeof stream === "string") return Result.fail(stream)
  // Quotes inside the fields before it are escaped: the first one is the record's own.
  const replayed = text.replace(/,"source":"[a-z]+","data":/, ',"source":"replay","data":')
  const bytes = Buffer.from(replayed + "\n", "utf8")
  const key = id.slice(recordId(stream, type, "").length)
  const { receivedAt } = letter
  const end = bytes.length - 1
  return Result.succeed([
    { stream, type, key, timestamp, receivedAt, source: "replay", bytes, start: 0, end },
  ])
})

/** An object that was no record: it may be one for the present Schema. */
const handIn = Effect.fnUntraced(function* (
  letter: Letter,
  streams: IntakeStreams,
): Effect.fn.Return<Replayed> {
  const now = Number((yield* Clock.currentTimeNanos) / 1000n) / 1000
  const read = readOutside(parseJson(Buffer.from(letter.bytes).toString("utf8")), now, streams)
  return Result.map(read, ({ record }) => encodeBatch([record], "replay"))
})

const unknownVenue = ({ venue }: Letter): Replayed => Result.fail(`no venue "${venue}" in this version`)

/** Decodes letters anew, one by one. Each stands alone: no chain of book updates is checked. */
export const makeLetterReplay = Effect.map(Metrics, (metrics) => {
  const made = new Map<string, ReturnType<typeof makeOne>>()
  const streams = new IntakeStreams()

  const makeOne = (venue: Venue) => {
    let rejected: Rejected | undefined
    const parse = makeParser({
      venue,
      metrics: metrics.venue(venue.name),
      source: "replay",
      onControl: () => {},
      onReject: (reject) => (rejected = reject),
    })
    const decode = (letter: Letter, stream: Stream | undefined): Replayed => {
      const { bytes, connection = "", receivedAt, route } = letter
      const body = Buffer.from(bytes)
      rejected = undefined
      const parsed = parse([
        stream === undefined
          ? {
              connection,
              ...(route === undefined ? {} : { route }),
              frames: [body],
              receivedAt: [receivedAt],
              bytes: body.length,
            }
          : { snapshotOf: stream, body, receivedAt, levels: undefined },
      ])
      if (rejected !== undefined) {
        const { reason, detail }: Rejected = rejected
        return Result.fail(`${reason}: ${detail}`)
      }
      const records = parsed.flatMap((each) => {
        if (each.kind === "records") return each.records
        return each.kind === "snapshot" && !("reason" in each.result) ? [each.result] : []
      })
      return Result.succeed(encodeBatch(records, "replay"))
    }
    return { venue, decode }
  }

  return (letter: Letter): Effect.Effect<Replayed> => {
    if (letter.stage === "intake") return handIn(letter, streams)
    // Its queue has what delivers it; there are no records in it.
    if (letter.stage === "trigger")
      return Effect.succeed(
        Result.fail(
          `a message for the plugin: publish its bytes to ${letter.connection ?? "its subject"} again`,
        ),
      )
    const make = venues.get(letter.venue)
    // What a plugin handed in is of an exchange that need not be a venue of ours.
    if (make === undefined)
      return letter.stage === "sink"
        ? again(letter, undefined, streams)
        : Effect.succeed(unknownVenue(letter))
    const known = made.get(letter.venue) ?? makeOne(make())
    made.set(letter.venue, known)
    const stream = letter.stream === undefined ? undefined : streamOf(known.venue, letter.stream)
    if (letter.stream !== undefined && stream === undefined)
      return Effect.succeed(Result.fail(`no stream ${letter.stream} in this version`))
    return letter.stage === "sink" && stream !== undefined
      ? again(letter, stream, streams)
      : Effect.sync(() => known.decode(letter, stream))
  }
})
