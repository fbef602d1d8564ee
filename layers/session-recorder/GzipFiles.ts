import { Clock, Deferred, Effect, Latch, Layer } from "effect"
import { isUtf8 } from "node:buffer"
import { createWriteStream, mkdirSync } from "node:fs"
import { join } from "node:path"
import { createGzip, type Gzip } from "node:zlib"
import { type Passed, SessionRecorder, SessionRecorderError } from "../../services/SessionRecorder.ts"

/** So many bytes of lines may wait for the disk in all, and then whoever reads a socket waits as well. */
const roomBytes = 32 * 1024 * 1024

/** Closing gives the disk so long. */
const closeWithin = "10 seconds"

interface Session {
  readonly path: string
  readonly gzip: Gzip
  readonly ended: Promise<void>
  lines: number
}

/** Milliseconds as nanoseconds in text: `1723161254024.619` is `1723161254024619000`. */
const nanos = (at: number): string => {
  const whole = Math.floor(at)
  return `${whole}${String(Math.round((at - whole) * 1000)).padStart(3, "0")}000`
}

/** Text as it is; what was compressed, or is no text, in Base64. */
const payload = (bytes: Uint8Array) => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return isUtf8(buffer) ? { raw: buffer.toString("utf8") } : { frame: buffer.toString("base64") }
}

const linesOf = (passed: Passed): ReadonlyArray<object> => {
  switch (passed.dir) {
    case "connect":
      return [{ t: nanos(passed.at), dir: "connect", url: passed.url }]
    case "out":
      return [{ t: nanos(passed.at), dir: "out", raw: passed.text }]
    case "rest":
      return [{ t: nanos(passed.at), dir: "rest", url: passed.url, ...payload(passed.body) }]
    case "in":
      return passed.frames.map((frame, index) => ({
        t: nanos(passed.at[index]!),
        dir: "in",
        ...payload(frame),
      }))
  }
}

/**
 * Sessions below a folder, `<venue>/<start>.session.jsonl.gz`: JSON lines, compressed. A process that is killed leaves a
 * file whose last lines may be missing; one that stops leaves it whole.
 */
export const layer = (folder: string): Layer.Layer<SessionRecorder> =>
  Layer.effect(
    SessionRecorder,
    Effect.gen(function* () {
      const startedAt = new Date(yield* Clock.currentTimeMillis).toISOString().replace(/[:.]/g, "-")
      const sessions = new Map<string, Session>()
      const failed = yield* Deferred.make<never, SessionRecorderError>()
      const free = yield* Latch.make(true)
      let waiting = 0

      const fail = (path: string) => (error: Error) =>
        void Deferred.doneUnsafe(
          failed,
          Effect.fail(new SessionRecorderError({ path, detail: `cannot be written: ${error.message}` })),
        )

      const open = (venue: string): Session => {
        const path = join(folder, venue, `${startedAt}.session.jsonl.gz`)
        const gzip = createGzip()
        try {
          mkdirSync(join(folder, venue), { recursive: true })
        } catch (error) {
          fail(path)(error instanceof Error ? error : new Error(String(error)))
        }
        const file = createWriteStream(path, { flags: "wx" })
        const ended = new Promise<void>((resolve) => file.once("close", resolve))
        gzip.on("error", fail(path))
        file.on("error", fail(path))
        gzip.pipe(file)
        const session = { path, gzip, ended, lines: 0 }
        sessions.set(venue, session)
        return session
      }

      yield* Effect.addFinalizer(() =>
        Effect.promise(() => {
          for (const { gzip } of sessions.values()) gzip.end()
          return Promise.all([...sessions.values()].map(({ ended }) => ended))
        }).pipe(
          Effect.timeoutOrElse({
            duration: closeWithin,
            orElse: () => Effect.logWarning(`${folder}: the ends of the recordings are not written`),
          }),
        ),
      )

      return SessionRecorder.of({
        take: (venue, passed) => {
          if (waiting >= roomBytes) {
            free.closeUnsafe()
            return false
          }
          const session = sessions.get(venue) ?? open(venue)
          const lines = linesOf(passed)
          const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("")
          session.lines += lines.length
          waiting += text.length
          session.gzip.write(text, () => {
            waiting -= text.length
            if (waiting < roomBytes) free.openUnsafe()
          })
          return true
        },
        room: free.await,
        failure: Deferred.await(failed),
        files: Effect.sync(() => [...sessions.values()].map(({ lines, path }) => ({ path, lines }))),
      })
    }),
  )
