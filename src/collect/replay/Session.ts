import { Effect, Stream } from "effect"
import { RecordingError, Recordings, type RecordedLine } from "../../../services/Recording.ts"
import { clearOutput, makeOutput } from "../../domain/Decoded.ts"
import { frameOf } from "../../domain/Frame.ts"
import type { Stream as MarketStream } from "../../domain/Stream.ts"
import { parseDataType } from "../../domain/DataType.ts"
import { isRefusal, type Venue } from "../../exchanges/Venue.ts"

/** A recorded session and what had to be known before it plays. */
export interface Session {
  readonly file: string
  readonly venue: Venue
  /** Every stream that it holds. */
  readonly streams: ReadonlyArray<MarketStream>
  /** Snapshots that it holds, by native name: a chain waits for one only while there is one to come. */
  readonly snapshots: Map<string, number>
  /** The one symbol that a stray snapshot (no stream, no URL) belongs to. */
  readonly onlyNative: string | undefined
}

const depthType = parseDataType("depth")!

type Venues = ReadonlyMap<string, () => Venue>

/** The venue of a session: told by the user, else by the URL that was connected to, else by the folder. */
const venueOf = (
  file: string,
  venues: Venues,
  told: string | undefined,
  url: string | undefined,
): Effect.Effect<Venue, RecordingError> => {
  const known = [...venues.keys()].join(", ")
  const fail = (detail: string) => Effect.fail(new RecordingError({ file, detail }))
  const owner =
    url === undefined ? undefined : [...venues.values()].map((make) => make()).find(({ owns }) => owns(url))
  if (told !== undefined) {
    const make = venues.get(told)
    if (make === undefined) return fail(`no venue "${told}"; known: ${known}`)
    if (owner !== undefined && owner.name !== told)
      return fail(`it was recorded at ${url}, which is ${owner.name}, not ${told}; leave --venue out`)
    return Effect.succeed(make())
  }
  if (owner !== undefined) return Effect.succeed(owner)
  const folder = file.split(/[\\/]/).at(-2)
  const make = folder === undefined ? undefined : venues.get(folder)
  if (make !== undefined) return Effect.succeed(make())
  return fail(`cannot tell the venue from its connect URL or its folder; say --venue, one of: ${known}`)
}

/** Whether an incoming message is a REST answer that was recorded among the frames. */
export const isRest = (line: RecordedLine): boolean =>
  line.dir === "rest" || (line.dir === "in" && isStray(line.body))

/** The route of the connection that a line is of: that of its own URL, or of the connection opened last. */
export const routeAt = (
  { routeOf }: Pick<Venue, "routeOf">,
  { dir, url }: RecordedLine,
  before: string | undefined,
): string | undefined =>
  url === undefined || dir === "rest" || routeOf === undefined ? before : (routeOf(url) ?? before)

/** Cheap, because it is asked of every frame: combined frames begin with their stream's name. */
const isStray = (body: Buffer): boolean =>
  body.length > 16 && body.toString("latin1", 0, 16) === '{"lastUpdateId":'

/** A book snapshot is a record of its depth stream, also where the recording holds no deltas. */
const withDepth = (
  venue: Venue,
  streams: ReadonlyArray<MarketStream>,
  snapshots: ReadonlyMap<string, number>,
): ReadonlyArray<MarketStream> => {
  const depth = [...snapshots.keys()].flatMap((native) => {
    const instrument = venue.instrument(native)
    const stream = isRefusal(instrument) ? instrument : venue.stream(depthType, instrument)
    return isRefusal(stream) ? [] : [stream]
  })
  return [...new Set([...streams, ...depth])]
}

/** Every stream that the frames name, or whose records they hold. */
const streamsOf = Effect.fnUntraced(function* (file: string, venue: Venue, venues: Venues) {
  const recordings = yield* Recordings
  const { wireOfFrame } = venue
  const found = new Set<MarketStream>()
  // One of its own, where a decoder keeps what came so far: the session is to begin without it.
  const scratch = venues.get(venue.name)?.() ?? venue
  const add = ({ wire }: MarketStream): void => {
    const stream = venue.streamOfWire(wire)
    if (stream !== undefined) found.add(stream)
  }
  const output = makeOutput()
  let route: string | undefined
  const note = (line: RecordedLine): void => {
    if (wireOfFrame !== undefined) {
      const wire = wireOfFrame(line.body.toString("latin1", 0, 96))
      const stream = wire === undefined ? undefined : venue.streamOfWire(wire)
      if (stream !== undefined) found.add(stream)
      return
    }
    scratch.decode(frameOf(line.body), line.receivedAt, output, route)
    for (const { stream } of output.records) add(stream)
    for (const { stream } of output.rejects) if (stream !== undefined) add(stream)
    clearOutput(output)
  }
  yield* Stream.runForEach(recordings.read(file), (lines) =>
    Effect.sync(() => {
      for (const line of lines) {
        route = routeAt(venue, line, route)
        if (line.dir === "in" && !isRest(line)) note(line)
      }
    }),
  )
  return [...found]
})

/** Reads it twice through: a long recording takes a while, and memory stays small. */
export const openSession = Effect.fn("Session.open")(function* (
  file: string,
  venues: Venues,
  told: string | undefined,
) {
  const recordings = yield* Recordings
  let url: string | undefined
  const bodies: Array<{ readonly url: string | undefined; readonly body: string }> = []
  yield* Stream.runForEach(recordings.read(file), (lines) =>
    Effect.sync(() => {
      for (const line of lines) {
        if (line.dir === "connect") url ??= line.url
        // A snapshot's first kilobyte names all that is asked here, but its levels decide an unknown depth.
        else if (isRest(line)) bodies.push({ url: line.url, body: line.body.toString("utf8") })
      }
    }),
  )
  const venue = yield* venueOf(file, venues, told, url)
  const streams = yield* streamsOf(file, venue, venues)
  const natives = new Set(streams.map((stream) => stream.instrument.native))
  const onlyNative = natives.size === 1 ? [...natives][0] : undefined
  const snapshots = new Map<string, number>()
  for (const { url: restUrl, body } of bodies) {
    const rest = venue.recordedRest(restUrl, body)
    const native = rest.kind === "depth" ? rest.native || onlyNative : undefined
    if (native !== undefined) snapshots.set(native, (snapshots.get(native) ?? 0) + 1)
  }
  return {
    file,
    venue,
    streams: withDepth(venue, streams, snapshots),
    snapshots,
    onlyNative,
  } satisfies Session
})
