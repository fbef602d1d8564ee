import { Effect, type FileSystem, type PlatformError } from "effect"
import { blockBytes, type DirectFile, type OpenDirect } from "./DirectFile.ts"
import { openFile, type OpenFile } from "./Folder.ts"

/** A segment's file, open for writing: what is appended and synced. */
export class SegmentFile {
  private readonly path: string
  private readonly open: OpenFile
  private readonly openDirect: OpenDirect
  private direct: DirectFile | "untried" | undefined = "untried"
  /** Bytes written. */
  private length = 0

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
   * Appends, and syncs what was appended. `aligned`: the bytes lie in memory as they will in the file, to the place in a
   * block; then whole blocks are written past the system's cache, and the rest of the first and the last one beside.
   */
  append(bytes: Buffer, aligned: boolean): Effect.Effect<void, PlatformError.PlatformError> {
    const { file } = this.open
    const write = aligned ? this.inBlocks(bytes) : file.writeAll(bytes)
    return write.pipe(
      Effect.andThen(file.sync),
      Effect.map(() => {
        this.length += bytes.length
      }),
    )
  }

  get close(): Effect.Effect<void> {
    const { direct } = this
    return typeof direct === "object" ? Effect.andThen(direct.close, this.open.close) : this.open.close
  }

  private readonly inBlocks = Effect.fnUntraced({ self: this }, function* (bytes: Buffer) {
    const { file } = this.open
    if (this.direct === "untried") this.direct = yield* this.openDirect(this.path)
    const first = Math.ceil(this.length / blockBytes) * blockBytes
    const last = Math.floor((this.length + bytes.length) / blockBytes) * blockBytes
    if (this.direct === undefined || first >= last) return yield* file.writeAll(bytes)
    const blocks = bytes.subarray(first - this.length, last - this.length)
    yield* file.writeAll(bytes.subarray(0, first - this.length))
    if (yield* this.direct.write(blocks, first)) yield* file.seek(BigInt(blocks.length), "current")
    else {
      yield* this.direct.close
      this.direct = undefined
      yield* file.writeAll(blocks)
    }
    yield* file.writeAll(bytes.subarray(last - this.length))
  })
}
