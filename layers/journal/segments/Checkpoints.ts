import { Effect, type FileSystem, type PlatformError } from "effect"
import type { Checkpoint } from "../../../services/JournalCheckpoints.ts"
import { readAt } from "./Folder.ts"
import { frameAt, frameKind, headBytes, kindAt, positionAt } from "./Frame.ts"

/** The checkpoint that a segment opens with, if it is whole. */
const checkpointOf = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, path: string) {
  const file = yield* fs.open(path, { flag: "r" })
  const start = yield* readAt(file, 0, 4096)
  const at = frameAt(start, 0, start.length)
  if (at <= 0 || start.length < at + headBytes || kindAt(start, at) !== frameKind.checkpoint) return undefined
  const bytes = yield* readAt(file, at, start.readUInt32LE(at + 8))
  if (frameAt(bytes, 0, bytes.length) !== bytes.length) return undefined
  const checkpoint: Checkpoint = { position: positionAt(bytes, 0), bytes: bytes.subarray(headBytes) }
  return checkpoint
}, Effect.scoped)

/** The latest whole one of segments in order, oldest first. */
export const lastCheckpoint = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  paths: ReadonlyArray<string>,
): Effect.fn.Return<Checkpoint | undefined, PlatformError.PlatformError> {
  for (const path of paths.toReversed()) {
    const checkpoint = yield* checkpointOf(fs, path)
    if (checkpoint !== undefined) return checkpoint
  }
  return undefined
})
