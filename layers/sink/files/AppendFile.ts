import { Effect, type FileSystem, type PlatformError } from "effect"
import { blockBytes, type DirectFile, type OpenDirect } from "../../support/DirectFile.ts"
import type { StagedFile } from "./Staging.ts"

/** One of the sink's files, open. */
export class AppendFile {
  private readonly path: string
  private readonly file: FileSystem.File
  private readonly openDirect: OpenDirect
  private direct: DirectFile | "untried" | undefined = "untried"

  constructor(path: string, file: FileSystem.File, openDirect: OpenDirect) {
    this.path = path
    this.file = file
    this.openDirect = openDirect
  }

  /**
   * To the file's end, which is at `length`. The whole blocks of a large chunk go past the system's cache; what is before
   * and behind them goes through it, so that no block is written both ways, and each byte is there for readers at once.
   */
  append({ chunk, inBlocks }: StagedFile, length: number): Effect.Effect<void, PlatformError.PlatformError> {
    return inBlocks && this.direct !== undefined ? this.pastCache(chunk, length) : this.file.writeAll(chunk)
  }

  get close(): Effect.Effect<void> {
    return typeof this.direct === "object" ? this.direct.close : Effect.void
  }

  private readonly pastCache = Effect.fnUntraced({ self: this }, function* (chunk: Buffer, length: number) {
    if (this.direct === "untried") this.direct = yield* this.openDirect(this.path)
    const { direct, file } = this
    if (direct === undefined) return yield* file.writeAll(chunk)
    const before = (blockBytes - (length % blockBytes)) % blockBytes
    const behind = (length + chunk.length) % blockBytes
    if (before + behind >= chunk.length) return yield* file.writeAll(chunk)
    if (before > 0) yield* file.writeAll(chunk.subarray(0, before))
    const blocks = chunk.subarray(before, chunk.length - behind)
    if (yield* direct.write(blocks, length + before)) {
      if (behind > 0) yield* file.writeAll(chunk.subarray(chunk.length - behind))
      return
    }
    this.direct = undefined
    yield* direct.close
    yield* file.writeAll(chunk.subarray(before))
  })
}
