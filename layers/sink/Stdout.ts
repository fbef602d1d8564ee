import { Deferred, Effect } from "effect"
import type { Writable } from "node:stream"
import type { Envelope } from "../../src/domain/Envelope.ts"
import { type Sink, SinkError, type SinkWriter } from "../../services/Sink.ts"

export interface StdoutOptions {
  /** The name of its cursor. */
  readonly name: string
  /** The process's stdout unless given. */
  readonly stream?: Writable
}

const maxBatch = 4096

/** Neighbours in one buffer go out in one piece: each payload's newline stands right behind it. */
const pieces = (envelopes: ReadonlyArray<Envelope>): ReadonlyArray<Buffer> => {
  const found: Array<Buffer> = []
  let index = 0
  while (index < envelopes.length) {
    const { bytes, start } = envelopes[index]!
    let { end } = envelopes[index]!
    index++
    while (
      index < envelopes.length &&
      envelopes[index]!.bytes === bytes &&
      envelopes[index]!.start === end + 1
    ) {
      end = envelopes[index]!.end
      index++
    }
    found.push(bytes.subarray(start, end + 1))
  }
  return found
}

/**
 * One record a line, and nothing else, on stdout. A record is delivered when the operating system has taken it; a
 * reader that is slower than the collection holds this sink's cursor back, and no other.
 */
export const make = (options: StdoutOptions): Effect.Effect<Sink> =>
  Effect.sync(() => {
    const stream = options.stream ?? process.stdout
    const failure = (error: Error) =>
      new SinkError({
        sink: options.name,
        reason: "unavailable",
        detail: `cannot write to stdout (${error.message}): its reader is gone; start the pipeline again`,
      })

    const put = (text: Buffer): Effect.Effect<Effect.Effect<void, SinkError>> =>
      Effect.callback((resume) => {
        const written = Deferred.makeUnsafe<void, SinkError>()
        const room = stream.write(text, (error) =>
          Deferred.doneUnsafe(written, error ? Effect.fail(failure(error)) : Effect.void),
        )
        const taken = Effect.succeed(Deferred.await(written))
        if (room) return resume(taken)
        // Also when it fails: then `written` says so, and no `drain` comes.
        const goOn = () => {
          stream.off("drain", goOn)
          stream.off("close", goOn)
          resume(taken)
        }
        stream.once("drain", goOn)
        stream.once("close", goOn)
        return Effect.sync(() => {
          stream.off("drain", goOn)
          stream.off("close", goOn)
        })
      })

    const writer: SinkWriter = {
      write: (envelopes) =>
        Effect.map(Effect.forEach(pieces(envelopes), put), (written) =>
          Effect.forEach(written, (each) => each, { discard: true }),
        ),
    }
    return { name: options.name, type: "stdout", maxBatch, open: Effect.succeed(writer) } satisfies Sink
  })
