import { Effect, FileSystem, Option, Path, Schema } from "effect"

const Names = Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown))

const Manifest = Schema.fromJsonString(
  Schema.Struct({
    dependencies: Names,
    optionalDependencies: Names,
    peerDependencies: Names,
    peerDependenciesMeta: Schema.optionalKey(
      Schema.Record(Schema.String, Schema.Struct({ optional: Schema.optionalKey(Schema.Boolean) })),
    ),
  }),
)

/** An installed package that something needs is not there. */
export class DependencyError extends Schema.TaggedError<DependencyError>()("DependencyError", {
  name: Schema.String,
  of: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return `${this.of} needs ${this.name}: ${this.detail}`
  }
}

/**
 * The folders of every installed package that a package needs when it runs, as Node itself would find them; its own is
 * not among them. What is optional, or of another platform, and not installed is left out. `wanted`: what is optional for
 * the package itself and needed all the same.
 */
export const dependenciesOf = Effect.fnUntraced(function* (
  root: string,
  wanted: ReadonlyArray<string> = [],
): Effect.fn.Return<ReadonlyArray<string>, DependencyError, FileSystem.FileSystem | Path.Path> {
  const files = yield* FileSystem.FileSystem
  const { dirname, join } = yield* Path.Path

  const find = Effect.fnUntraced(function* (name: string, from: string) {
    for (let folder = from; ; folder = dirname(folder)) {
      const place = join(folder, "node_modules", name)
      if (yield* files.exists(join(place, "package.json"))) return Option.some(yield* files.realPath(place))
      if (dirname(folder) === folder) return Option.none<string>()
    }
  })

  const found = new Set<string>()
  const open = [root]
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const here = folder
    const failed = (name: string) => (error: { readonly message: string }) =>
      new DependencyError({ name, of: here, detail: error.message })
    const manifest = yield* files
      .readFileString(join(folder, "package.json"))
      .pipe(Effect.flatMap(Schema.decodeEffect(Manifest)), Effect.mapError(failed("package.json")))
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = manifest
    const optional = new Set(Object.keys(optionalDependencies ?? {}))
    for (const [name, { optional: may }] of Object.entries(peerDependenciesMeta ?? {}))
      if (may === true) optional.add(name)
    const names = new Set([
      ...Object.keys(dependencies ?? {}),
      ...optional,
      ...Object.keys(peerDependencies ?? {}),
    ])
    for (const name of names) {
      // What is optional for the package itself is its user's to bring: it is not known whether it is used.
      const isWanted = folder === root && wanted.includes(name)
      if (optional.has(name) && folder === root && !isWanted) continue
      const place = yield* Effect.mapError(find(name, folder), failed(name))
      if (Option.isNone(place)) {
        if (optional.has(name) && !isWanted) continue
        return yield* new DependencyError({
          name,
          of: folder,
          detail: `it is not installed; \`npm install ${name}\` installs it`,
        })
      }
      if (place.value === root || found.has(place.value)) continue
      found.add(place.value)
      open.push(place.value)
    }
  }
  return [...found].toSorted()
})
