import { Effect, Exit, type FileSystem, type PlatformError, Scope } from "effect"
import type { OpenDirect } from "../../support/DirectFile.ts"
import { AppendFile } from "./AppendFile.ts"

interface OpenFile {
  readonly file: AppendFile
  readonly scope: Scope.Closeable
  /** The call that last asked for it. A number, since moving it to a map's end for each batch rebuilds the map again and again. */
  used: number
}

const closeFile = ({ file, scope }: OpenFile): Effect.Effect<void> =>
  Effect.andThen(file.close, Scope.close(scope, Exit.void))

/** Files open for appending, a bounded number of them: the one used longest ago is closed for a new one. */
export class OpenFiles {
  private readonly files = new Map<string, OpenFile>()
  private readonly fs: FileSystem.FileSystem
  private readonly folder: string
  private readonly openDirect: OpenDirect
  private readonly onOpen: (name: string, length: number) => Effect.Effect<void>
  readonly capacity: number
  private calls = 0

  constructor(options: {
    readonly fs: FileSystem.FileSystem
    readonly folder: string
    readonly openDirect: OpenDirect
    readonly capacity: number
    /** Told of each file opened, with the length it has. */
    readonly onOpen: (name: string, length: number) => Effect.Effect<void>
  }) {
    this.fs = options.fs
    this.folder = options.folder
    this.openDirect = options.openDirect
    this.capacity = options.capacity
    this.onOpen = options.onOpen
  }

  /** At most `capacity` names at once; they stay open until the next call. */
  acquire(
    names: ReadonlyArray<string>,
  ): Effect.Effect<ReadonlyArray<AppendFile>, PlatformError.PlatformError> {
    return Effect.suspend(() => {
      const missing: Array<string> = []
      this.calls++
      for (const name of names) {
        const open = this.files.get(name)
        if (open === undefined) missing.push(name)
        else open.used = this.calls
      }
      const files = () => names.map((name) => this.files.get(name)!.file)
      if (missing.length === 0) return Effect.succeed(files())
      return this.makeRoom(missing.length).pipe(
        Effect.andThen(Effect.forEach(missing, (name) => this.open(name), { discard: true })),
        Effect.map(files),
      )
    })
  }

  closeAll(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const all = Array.from(this.files.values())
      this.files.clear()
      return Effect.forEach(all, closeFile, { discard: true })
    })
  }

  close(names: ReadonlyArray<string>): Effect.Effect<void> {
    return Effect.suspend(() => {
      const open = names.flatMap((name) => this.files.get(name) ?? [])
      for (const name of names) this.files.delete(name)
      return Effect.forEach(open, closeFile, { discard: true })
    })
  }

  private makeRoom(count: number): Effect.Effect<void> {
    const excess = this.files.size + count - this.capacity
    if (excess <= 0) return Effect.void
    const oldest = Array.from(this.files).toSorted(([, left], [, right]) => left.used - right.used)
    return this.close(oldest.slice(0, excess).map(([name]) => name))
  }

  private open(name: string): Effect.Effect<void, PlatformError.PlatformError> {
    const path = `${this.folder}/${name}`
    return Effect.flatMap(Scope.make(), (scope) =>
      this.append(path).pipe(
        Effect.tap((file) => Effect.flatMap(file.stat, (info) => this.onOpen(name, Number(info.size)))),
        Effect.map((opened) => {
          const file = new AppendFile(path, opened, this.openDirect)
          this.files.set(name, { file, scope, used: this.calls })
        }),
        Scope.provide(scope),
        Effect.onError(() => Scope.close(scope, Exit.void)),
      ),
    )
  }

  private append(path: string): Effect.Effect<FileSystem.File, PlatformError.PlatformError, Scope.Scope> {
    const open = this.fs.open(path, { flag: "a" })
    const makeFolder = this.fs.makeDirectory(path.slice(0, path.lastIndexOf("/")), { recursive: true })
    return Effect.catchIf(
      open,
      (error) => error.reason._tag === "NotFound",
      () => Effect.andThen(makeFolder, open),
    )
  }
}
