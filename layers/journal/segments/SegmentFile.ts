import { Effect, type FileSystem, type PlatformError } from "effect"
import type { DirectFile, OpenDirect } from "./DirectFile.ts"
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
   * Appends, and syncs what was appended. `aligned`: each byte lies in memory at the place in a block at which it will lie
   * in the file.
   */
  append(bytes: Buffer, aligned: boolean): Effect.Effect<void, PlatformError.PlatformError> {
    const { file } = this.open
    const write = aligned ? this.pastCache(bytes) : file.writeAll(bytes)
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

  private readonly pastCache = Effect.fnUntraced({ self: this }, function* (bytes: Buffer) {
    const { file } = this.open
    if (this.direct === "untried") this.direct = yield* this.openDirect(this.path)
    const { direct } = this
    if (direct !== undefined && (yield* direct.write(bytes, this.length)))
      return void (yield* file.seek(BigInt(bytes.length), "current"))
    if (direct !== undefined) yield* direct.close
    this.direct = undefined
    return yield* file.writeAll(bytes)
  })
}
