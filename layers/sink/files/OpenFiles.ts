import { Effect, Exit, type FileSystem, type PlatformError, Scope } from "effect"

interface OpenFile {
  readonly file: FileSystem.File
  readonly scope: Scope.Closeable
}

const closeFile = (open: OpenFile): Effect.Effect<void> => Scope.close(open.scope, Exit.void)

/** Files open for appending, a bounded number of them: the one used longest ago is closed for a new one. */
export class OpenFiles {
  private readonly files = new Map<string, OpenFile>()
  private readonly fs: FileSystem.FileSystem
  private readonly folder: string
  private readonly onOpen: (name: string, length: number) => Effect.Effect<void>
  readonly capacity: number

  constructor(options: {
    readonly fs: FileSystem.FileSystem
    readonly folder: string
    readonly capacity: number
    /** Told of each file opened, with the length it has. */
    readonly onOpen: (name: string, length: number) => Effect.Effect<void>
  }) {
    this.fs = options.fs
    this.folder = options.folder
    this.capacity = options.capacity
    this.onOpen = options.onOpen
  }

  /** At most `capacity` names at once; they stay open until the next call. */
  acquire(
    names: ReadonlyArray<string>,
  ): Effect.Effect<ReadonlyArray<FileSystem.File>, PlatformError.PlatformError> {
    return Effect.suspend(() => {
      const missing: Array<string> = []
      for (const name of names) {
        const open = this.files.get(name)
        if (open === undefined) missing.push(name)
        else {
          this.files.delete(name)
          this.files.set(name, open)
        }
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
    return excess > 0 ? this.close(Array.from(this.files.keys()).slice(0, excess)) : Effect.void
  }

  private open(name: string): Effect.Effect<void, PlatformError.PlatformError> {
    return Effect.flatMap(Scope.make(), (scope) =>
      this.append(`${this.folder}/${name}`).pipe(
        Effect.tap((file) => Effect.flatMap(file.stat, (info) => this.onOpen(name, Number(info.size)))),
        Effect.map((file) => void this.files.set(name, { file, scope })),
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
