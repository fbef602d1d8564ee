import { Clock, Effect, Stream } from "effect"
import { type RecordedLine, RecordingError, Recordings } from "../../../services/Recording.ts"
import { type FrameBatch, maxFrames } from "../../domain/Frame.ts"
import { parseDataType } from "../../domain/DataType.ts"
import { isRefusal } from "../../exchanges/Venue.ts"
import type { Mailbox } from "../../runtime/Mailbox.ts"
import type { Inlet } from "../Inlet.ts"
import { isRest, routeAt, type Session } from "./Session.ts"

export interface PlayerOptions {
  readonly session: Session
  /** Recorded seconds per second; `max` does not wait. */
  readonly speed: number | "max"
  readonly into: Pick<Mailbox<Inlet>, "offer">
  /** How far it is: lines played so far. */
  readonly onProgress: (lines: number) => void
}

/** Gathers lines into frame batches and snapshots, in order. `place` is the route of the connection opened last. */
const inletsOf = (
  session: Session,
  lines: ReadonlyArray<RecordedLine>,
  place: { route: string | undefined },
): Effect.Effect<ReadonlyArray<Inlet>, RecordingError> =>
  Effect.gen(function* () {
    const inlets: Array<Inlet> = []
    let frames: Array<Buffer> = []
    let receivedAt: Array<number> = []
    let bytes = 0
    const flush = () => {
      if (frames.length === 0) return
      inlets.push({
        connection: `${session.venue.name}/replay`,
        ...(place.route === undefined ? {} : { route: place.route }),
        frames,
        receivedAt,
        bytes,
      } satisfies FrameBatch)
      frames = []
      receivedAt = []
      bytes = 0
    }
    for (const line of lines) {
      const route = routeAt(session.venue, line, place.route)
      if (route !== place.route) {
        flush()
        place.route = route
      }
      if (isRest(line)) {
        flush()
        const snapshot = yield* snapshotOf(session, line)
        if (snapshot !== undefined) inlets.push(snapshot)
      } else if (line.dir === "in") {
        frames.push(line.body)
        receivedAt.push(line.receivedAt)
        bytes += line.body.length
        if (frames.length >= maxFrames) flush()
      }
    }
    flush()
    return inlets
  })

const depthType = parseDataType("depth")!

/** The book snapshot of a REST line; other answers (instrument lists) carry no records. */
const snapshotOf = Effect.fnUntraced(function* (session: Session, line: RecordedLine) {
  const { venue, file } = session
  const rest = venue.recordedRest(line.url, line.body.toString("utf8"))
  if (rest.kind !== "depth") return undefined
  const native = rest.native || session.onlyNative
  if (native === undefined) {
    const detail = "a book snapshot without a symbol, in a session of several symbols: it cannot be placed"
    return yield* new RecordingError({ file, line: line.line, detail })
  }
  const instrument = venue.instrument(native)
  const stream = isRefusal(instrument) ? instrument : venue.stream(depthType, instrument)
  if (isRefusal(stream)) return yield* new RecordingError({ file, line: line.line, detail: stream.refused })
  return {
    snapshotOf: stream,
    body: line.body,
    receivedAt: line.receivedAt,
    levels: rest.levels,
  } satisfies Inlet
})

/** Plays a session into a venue's parser, at recorded speed, a multiple of it, or as fast as that takes it. */
export const play = Effect.fn("Player.play")(function* (options: PlayerOptions) {
  const { session, speed, into } = options
  const recordings = yield* Recordings
  const startedAt = yield* Clock.currentTimeMillis
  let firstAt: number | undefined
  let played = 0
  const place: { route: string | undefined } = { route: undefined }

  const offer = (lines: ReadonlyArray<RecordedLine>) =>
    Effect.flatMap(inletsOf(session, lines, place), (inlets) =>
      Effect.forEach(inlets, (inlet) => into.offer(inlet), { discard: true }),
    )

  /** Waits until the first of the lines is due, and gives those that are due with it. */
  const playTimed = Effect.fnUntraced(function* (lines: ReadonlyArray<RecordedLine>, pace: number) {
    let index = 0
    while (index < lines.length) {
      firstAt ??= lines[index]!.receivedAt
      const due = (line: RecordedLine) => startedAt + (line.receivedAt - firstAt!) / pace
      const now = yield* Clock.currentTimeMillis
      const wait = due(lines[index]!) - now
      if (wait > 0) {
        yield* Effect.sleep(wait)
        continue
      }
      let end = index + 1
      while (end < lines.length && due(lines[end]!) <= now) end++
      yield* offer(lines.slice(index, end))
      index = end
    }
  })

  yield* Stream.runForEach(recordings.read(session.file), (lines) =>
    Effect.andThen(
      speed === "max" ? offer(lines) : playTimed(lines, speed),
      Effect.sync(() => options.onProgress((played += lines.length))),
    ),
  )
  return played
})
