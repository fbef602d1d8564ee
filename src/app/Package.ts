import { Effect, FileSystem, Path, Result, Schema } from "effect"
import { type Zippable, zip } from "fflate"
import { DependencyError, dependenciesOf } from "./Dependencies.ts"
import { bucketClient } from "./TaskStores.ts"

/** A package for a cloud function cannot be made. */
export class PackageError extends Schema.TaggedError<PackageError>()("PackageError", {
  detail: Schema.String,
}) {
  override get message(): string {
    return this.detail
  }
}

export interface PackageOptions {
  /** The folder of Millrace itself, with its package.json. */
  readonly root: string
  /** Configuration files, in their order. */
  readonly configs: ReadonlyArray<string>
  /** A folder that goes along: below this one by its own name, so that paths in the configuration stay right, else as `plugin`. */
  readonly plugin?: string
  /** A program that goes along as `bin/node`, for platforms without Node 24. */
  readonly node?: string
}

/** Of the unix permissions in a zip entry: who made it is unix, and anybody may run it. */
const executable = { os: 3, attrs: 0o100755 << 16 }
const readable = { os: 3, attrs: 0o100644 << 16 }
/** The same contents give the same bytes. */
const mtime = new Date("2020-01-01T00:00:00Z")

export const bootstrap = (configs: ReadonlyArray<string>, main: string): string => `#!/bin/sh
# Starts this function's node: the platform sends its requests to port 9000.
cd "$(dirname "$0")" || exit 1
if ! [ -w . ]; then
  # Where the folder of a function cannot be written to, it works in one that can, and what is here is seen from there.
  work="\${TMPDIR:-/tmp}/millrace"
  mkdir -p "$work" && ln -sfn "$PWD"/* "$work"/ && cd "$work" || exit 1
fi
export MILLRACE_GATEWAY__HOST="\${MILLRACE_GATEWAY__HOST:-0.0.0.0}"
export MILLRACE_GATEWAY__PORT="\${PORT:-9000}"
export MILLRACE_GATEWAY__PUBLIC="\${MILLRACE_GATEWAY__PUBLIC:-true}"
NODE=./bin/node
[ -x "$NODE" ] || NODE=node
exec "$NODE" ${main} node ${configs.map((config) => `--config ${config}`).join(" ")} "$@"
`

/** What a running program never reads. */
const superfluous = /\.(map|md|markdown|d\.[cm]?ts|tsbuildinfo)$|(^|\/)(test|tests|__tests__|\.github)\//

/** Where a configuration keeps its tasks in a bucket. */
const keepsInBucket = /\bstore["']?\s*:\s*["']?s3\b/

/** A package's sources are not read where it ships what they are compiled to. */
const isCompiledFrom = /^src\//

/** Everything of a zip that a cloud function unpacks and starts by its `scf_bootstrap`. */
export const packageContents = Effect.fnUntraced(function* (options: PackageOptions) {
  const files = yield* FileSystem.FileSystem
  const { basename, isAbsolute, join, normalize, relative, sep } = yield* Path.Path
  const contents: Zippable = {}

  const add = Effect.fnUntraced(function* (name: string, from: string, attributes = readable) {
    contents[name] = [yield* files.readFile(from), { ...attributes, mtime }]
  })

  /** The files of a folder, what belongs to other packages left out. */
  const within = Effect.fnUntraced(function* (folder: string) {
    const all = yield* files.readDirectory(folder, { recursive: true })
    const plain: Array<string> = []
    for (const name of all) {
      if (name.split(sep).some((part) => part === "node_modules" || part === "__pycache__")) continue
      if ((yield* files.stat(join(folder, name))).type === "File") plain.push(name)
    }
    return plain.toSorted()
  })

  const root = yield* files.realPath(options.root)
  // Installed, Millrace stands in somebody's node_modules, and what it needs beside it.
  const modules = `${sep}node_modules${sep}`
  const base = root.includes(modules) ? root.slice(0, root.indexOf(modules)) : root
  const place = (path: string) => {
    const near = relative(base, path)
    // A node_modules that is a link elsewhere is a folder of its own in the zip.
    const inside = near.startsWith("..") ? path.slice(path.indexOf(modules) + 1) : near
    return `app/${inside.split(sep).join("/")}`.replace(/\/$/, "")
  }
  const ownFolders = (yield* files.exists(join(root, "src/main.ts")))
    ? ["src", "services", "layers"]
    : ["dist"]
  const main = ownFolders[0] === "dist" ? "dist/src/main.js" : "src/main.ts"

  yield* add(`${place(root)}/package.json`, join(root, "package.json"))
  for (const folder of [...ownFolders, "config"])
    for (const name of yield* within(join(root, folder)))
      if (!superfluous.test(name)) yield* add(`${place(root)}/${folder}/${name}`, join(root, folder, name))

  const texts = yield* Effect.forEach(options.configs, (config) => files.readFileString(config))
  const wanted = texts.some((text) => keepsInBucket.test(text)) ? [bucketClient] : []
  for (const folder of yield* dependenciesOf(root, wanted)) {
    const compiled = yield* files.exists(join(folder, "dist"))
    for (const name of yield* within(folder)) {
      if (superfluous.test(name) || (compiled && isCompiledFrom.test(name))) continue
      yield* add(`${place(folder)}/${name}`, join(folder, name))
    }
  }

  const configs: Array<string> = []
  for (const [index, config] of options.configs.entries()) {
    const name = `configs/${index + 1}-${basename(config)}`
    configs.push(name)
    yield* add(name, config)
  }
  if (options.plugin !== undefined) {
    const near = normalize(options.plugin).replace(/\/+$/, "")
    const target = isAbsolute(near) || near.startsWith("..") ? "plugin" : near
    for (const name of yield* within(options.plugin)) {
      const from = join(options.plugin, name)
      const mode = (yield* files.stat(from)).mode
      yield* add(`${target}/${name.split(sep).join("/")}`, from, (mode & 0o100) === 0 ? readable : executable)
    }
  }
  if (options.node !== undefined) yield* add("bin/node", options.node, executable)
  contents["scf_bootstrap"] = [
    new TextEncoder().encode(bootstrap(configs, `${place(root)}/${main}`)),
    { ...executable, mtime },
  ]
  return contents
})

/** Writes the zip; the count of its files and bytes. */
export const writePackage = (
  options: PackageOptions,
  out: string,
): Effect.Effect<
  { readonly files: number; readonly bytes: number },
  PackageError | DependencyError,
  FileSystem.FileSystem | Path.Path
> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const contents = yield* packageContents(options)
    const bytes = yield* Effect.callback<Result.Result<Uint8Array, Error>>((resume) => {
      zip(contents, { level: 6 }, (error, data) =>
        resume(Effect.succeed(error === null ? Result.succeed(data) : Result.fail(error))),
      )
    }).pipe(Effect.flatMap(Effect.fromResult))
    yield* fs.writeFile(out, bytes)
    return { files: Object.keys(contents).length, bytes: bytes.length }
  }).pipe(
    Effect.mapError((error) =>
      error instanceof DependencyError ? error : new PackageError({ detail: `${out}: ${error.message}` }),
    ),
  )
