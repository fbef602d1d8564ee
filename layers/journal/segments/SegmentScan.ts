import { Effect, type FileSystem } from "effect"
import { readAt } from "./Folder.ts"
import type { Decoded, SegmentDecoder } from "./SegmentDecoder.ts"

/** Read from the disk at once. */
export const pieceBytes = 1024 * 1024

/**
 * Gives the next piece of a segment to its decoder, enough for at least one frame; `end` is where the segment ends.
 * Gives where the piece after it begins, which is `end` once all is read.
 */
export const decodePiece = Effect.fnUntraced(function* (
  file: FileSystem.File,
  decoder: SegmentDecoder,
  offset: number,
  end: number,
) {
  for (let size = pieceBytes; ; size *= 4) {
    const wanted = Math.min(size, end - offset)
    const bytes = yield* readAt(file, offset, wanted)
    // Shorter than it was: whoever cut it, nothing follows.
    const last = bytes.length < wanted || offset + wanted >= end
    const decoded = decoder.decode(bytes, offset, last)
    if (last || decoded.consumed > 0) return { decoded, next: last ? end : offset + decoded.consumed }
  }
})

/** A whole segment, piece by piece. */
export const scan = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  path: string,
  decoder: SegmentDecoder,
  onPiece: (decoded: Decoded) => Effect.Effect<void>,
) {
  const file = yield* fs.open(path, { flag: "r" })
  const end = Number((yield* file.stat).size)
  let offset = 0
  while (offset < end) {
    const { decoded, next } = yield* decodePiece(file, decoder, offset, end)
    yield* onPiece(decoded)
    offset = next
  }
  return end
}, Effect.scoped)
