import { Effect, type FileSystem, type PlatformError } from "effect"
import { blockBytes, type DirectFile, type OpenDirect } from "../../support/DirectFile.ts"
import { openFile, type OpenFile } from "./Folder.ts"

/** A segment's file, open for writing: what is appended and synced. */
export class SegmentFile {
  private readonly path: string
  private readonly open: OpenFile
  private readonly openDirect: OpenDirect
  private direct: DirectFile | "untried" | undefined = "untried"
  /** Bytes written. */
  private length = 0
  /** What the last block of them has, where it is not whole. */
  private readonly begun = Buffer.alloc(blockBytes)

  private constructor(path: string, open: OpenFile, openDirect: OpenDirect) {
    this.path = path
    this.open = open
    this.openDirect = openDirect
  }

  /** A new one. */
  static readonly make = (
    fs: FileSystem.FileSystem,
    path: string,
    openDirect: OpenDirect,
  ): Effect.Effect<SegmentFile, PlatformError.PlatformError> =>
    Effect.map(openFile(fs, path, "wx"), (open) => new SegmentFile(path, open, openDirect))

  /**
   * Appends, and syncs what was appended. `inBlocks`: it ends where a block does, and lies in memory of `alignedBuffer` as
   * it will in the file, with room before it for the rest of the block in which it begins. Then it is written past the
   * system's cache, in one piece: what a killed process leaves of it is its beginning, as of any other.
   */
  append(bytes: Buffer, inBlocks: boolean): Effect.Effect<void, PlatformError.PlatformError> {
    const { file } = this.open
    const write = inBlocks ? this.pastCache(bytes) : file.writeAll(bytes)
    return write.pipe(
      Effect.andThen(file.sync),
      Effect.map(() => this.grown(bytes)),
    )
  }

  get close(): Effect.Effect<void> {
    const { direct } = this
    return typeof direct === "object" ? Effect.andThen(direct.close, this.open.close) : this.open.close
  }

  private readonly pastCache = Effect.fnUntraced({ self: this }, function* (bytes: Buffer) {
    const { file } = this.open
    if (this.direct === "untried") this.direct = yield* this.openDirect(this.path)
    const { direct, length } = this
    if (direct !== undefined) {
      const before = length % blockBytes
      const blocks = Buffer.from(bytes.buffer, bytes.byteOffset - before, before + bytes.length)
      this.begun.copy(blocks, 0, 0, before)
      if (yield* direct.write(blocks, length - before))
        return void (yield* file.seek(BigInt(bytes.length), "current"))
      yield* direct.close
    }
    this.direct = undefined
    return yield* file.writeAll(bytes)
  })

  private grown(bytes: Buffer): void {
    const before = this.length % blockBytes
    this.length += bytes.length
    const begun = this.length % blockBytes
    if (begun >= bytes.length) bytes.copy(this.begun, before)
    else bytes.copy(this.begun, 0, bytes.length - begun)
  }
}
