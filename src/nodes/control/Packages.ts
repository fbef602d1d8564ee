import { Effect, FileSystem, Option, Path } from "effect"

/** A package that nodes may fetch. */
export interface PackageFile {
  readonly name: string
  readonly version: string
  /** `<name>-<version>.zip`: what `/packages/` takes. */
  readonly file: string
  readonly bytes: number
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number | undefined
  /** Whether nodes are to have this version. */
  readonly current: boolean
}

export interface Packages {
  readonly list: Effect.Effect<ReadonlyArray<PackageFile>>
  /** Where a listed file stands; `undefined` for every other name. */
  readonly path: (file: string) => Effect.Effect<string | undefined>
}

/** `collector-v1.2.0.zip`: a version begins with a digit, or with `v` and a digit. */
const named = /^(.+?)-(v?\d[^/]*)\.zip$/

/** The packages in a folder, looked at each time: who puts one there need not say so. */
export const makePackages = Effect.fnUntraced(function* (
  folder: string | undefined,
  current: string | undefined,
): Effect.fn.Return<Packages, never, FileSystem.FileSystem | Path.Path> {
  const files = yield* FileSystem.FileSystem
  const { join } = yield* Path.Path

  const describe = (file: string) =>
    Effect.gen(function* () {
      const [, name, version] = named.exec(file) ?? []
      if (folder === undefined || name === undefined || version === undefined) return []
      const { mtime, size } = yield* files.stat(join(folder, file))
      return [
        {
          name,
          version,
          file,
          bytes: Number(size),
          modifiedAt: Option.getOrUndefined(Option.map(mtime, (time) => time.getTime())),
          current: version === current,
        },
      ]
    }).pipe(Effect.catch((error) => Effect.as(Effect.logWarning(`package ${file}: ${error.message}`), [])))

  const list =
    folder === undefined
      ? Effect.succeed([])
      : files.readDirectory(folder).pipe(
          Effect.catch((error) =>
            Effect.as(Effect.logWarning(`control.packages: ${error.message}`), [] as Array<string>),
          ),
          Effect.flatMap((names) => Effect.forEach(names.toSorted(), describe)),
          Effect.map((found) => found.flat()),
        )

  return {
    list,
    path: (file) =>
      Effect.map(list, (found) =>
        folder !== undefined && found.some((each) => each.file === file) ? join(folder, file) : undefined,
      ),
  }
})
