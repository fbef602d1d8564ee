import { Effect } from "effect"
import { gunzip, gzip } from "node:zlib"
import { TaskStoreError } from "../../../services/TaskStore.ts"

/** The layout that this version knows. */
export const layout = 1

/** More than this no object holds once it is unpacked. */
const mostUnpacked = 1024 ** 3

const compressed = (text: string): Effect.Effect<Buffer> =>
  Effect.callback((resume) => {
    gzip(text, (error, packed) => resume(error === null ? Effect.succeed(packed) : Effect.die(error)))
  })

/** Gzip, whose checksum tells a damaged object. A list of texts is packed one after the other, so that none is large. */
export const pack = (texts: Iterable<string>): Effect.Effect<Buffer> =>
  Effect.gen(function* () {
    const parts: Array<Buffer> = []
    for (const text of texts) parts.push(yield* compressed(text))
    return Buffer.concat(parts)
  })

/** The lines of what `pack` made, parsed; `place` says which object it is. */
export const unpack = (
  place: string,
  packed: Uint8Array,
): Effect.Effect<ReadonlyArray<unknown>, TaskStoreError> =>
  Effect.gen(function* () {
    const damaged = (cause: unknown) =>
      new TaskStoreError({
        reason: "unreadable",
        detail: `${place}: is damaged or none of Millrace's (${cause instanceof Error ? cause.message : String(cause)}): bring back an earlier version of that object, or set another \`tasks.s3.prefix\``,
      })
    const bytes = yield* Effect.callback<Buffer, TaskStoreError>((resume) => {
      gunzip(packed, { maxOutputLength: mostUnpacked }, (error, unpacked) =>
        resume(error === null ? Effect.succeed(unpacked) : Effect.fail(damaged(error))),
      )
    })
    const lines: Array<unknown> = []
    for (let from = 0; from < bytes.length;) {
      const end = bytes.indexOf(10, from)
      const to = end === -1 ? bytes.length : end
      const line = bytes.toString("utf8", from, to)
      lines.push(yield* Effect.try({ try: () => JSON.parse(line) as unknown, catch: damaged }))
      from = to + 1
      if (lines.length % 1000 === 0) yield* Effect.yieldNow
    }
    const [head] = lines
    const version =
      typeof head === "object" && head !== null && "layout" in head ? Number(head.layout) : Number.NaN
    if (!Number.isInteger(version)) return yield* damaged("it does not say its layout")
    if (version > layout)
      return yield* new TaskStoreError({
        reason: "unreadable",
        detail: `${place}: was written by a later version of Millrace (layout ${version}; this one knows ${layout}): start that version, or set another \`tasks.s3.prefix\``,
      })
    return lines
  })
