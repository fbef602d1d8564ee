import { Effect, Layer, Option, Schema, Stream } from "effect"
import { createReadStream, type ReadStream } from "node:fs"
import { access } from "node:fs/promises"
import { createGunzip } from "node:zlib"
import { type RecordedLine, RecordingError, Recordings } from "../../services/Recording.ts"

const Line = Schema.Struct({
  t: Schema.String.check(Schema.isPattern(/^\d{13,20}$/)),
  dir: Schema.Literals(["connect", "out", "in", "rest"]),
  url: Schema.optionalKey(Schema.String),
  raw: Schema.optionalKey(Schema.String),
  frame: Schema.optionalKey(Schema.String),
})

const decodeLine = Schema.decodeUnknownOption(Schema.fromJsonString(Line))

/** Nanoseconds as text to milliseconds with microseconds as the fraction. */
const receivedAtOf = (nanos: string): number =>
  Number(nanos.slice(0, -6)) + Number(nanos.slice(-6, -3)) / 1000

const parse = (file: string, text: string, line: number): Effect.Effect<RecordedLine, RecordingError> => {
  const decoded = decodeLine(text)
  if (Option.isNone(decoded)) {
    const detail = `not a recorded line: ${text.slice(0, 80)}`
    return Effect.fail(new RecordingError({ file, line, detail }))
  }
  const { t, dir, url, raw, frame } = decoded.value
  const body = frame === undefined ? Buffer.from(raw ?? "", "utf8") : Buffer.from(frame, "base64")
  return Effect.succeed({ line, dir, receivedAt: receivedAtOf(t), url, body })
}

const bytes = (file: string): AsyncIterable<Buffer> => {
  const source: ReadStream = createReadStream(file, { highWaterMark: 256 * 1024 })
  if (!file.endsWith(".gz")) return source
  const unzipped = createGunzip()
  source.on("error", (error) => unzipped.destroy(error))
  return source.pipe(unzipped)
}

const read = (file: string): Stream.Stream<ReadonlyArray<RecordedLine>, RecordingError> =>
  Stream.suspend(() => {
    let number = 0
    return Stream.fromAsyncIterable(
      bytes(file),
      (cause) =>
        new RecordingError({
          file,
          detail: `cannot read it: ${cause instanceof Error ? cause.message : String(cause)}`,
        }),
    ).pipe(
      Stream.decodeText,
      Stream.splitLines,
      Stream.chunks,
      Stream.mapEffect((lines) =>
        Effect.forEach(
          lines.filter((text) => text !== ""),
          (text) => parse(file, text, ++number),
        ),
      ),
    )
  })

/** Recordings as they lie on disk: `{"t": nanoseconds, "dir", "url"?, "raw"? | "frame"?}`, one a line. */
export const layer: Layer.Layer<Recordings> = Layer.succeed(
  Recordings,
  Recordings.of({
    read,
    exists: (file) =>
      Effect.tryPromise({
        try: () => access(file),
        catch: () => new RecordingError({ file, detail: "no such file, or it may not be read" }),
      }),
  }),
)
