import { Effect, FileSystem, Result } from "effect"
import { Yaml } from "effect/encoding"
import type { Problem } from "./ConfigError.ts"
import { isTree, type Tree } from "./Tree.ts"

/** A file as it was read: its tree, or what is wrong with it. */
export type ConfigFile = Result.Result<{ readonly file: string; readonly tree: Tree }, Problem>

/** Keys of versions, which people write as they write numbers: `1.0` is not 1 there. */
const versions: ReadonlyArray<readonly [section: string, key: string]> = [
  ["system", "version"],
  ["control", "packageVersion"],
]

/** No file has it. It makes a text of the number that it stands before. */
const mark = "\uE000"

const below = (tree: unknown, section: string): Tree | undefined =>
  isTree(tree) && isTree(tree[section]) ? tree[section] : undefined

/** The file with its numbers, but versions as they are written: read once more with a mark before each. */
const parseYaml = (text: string): unknown => {
  const tree = Yaml.parse(text)
  const bare = versions.filter(([section, key]) => typeof below(tree, section)?.[key] === "number")
  if (bare.length === 0) return tree
  const marked = Yaml.parse(
    text.replace(/\b((?:packageV|v)ersion["']?[ \t]*:[ \t]+)(?=[-+.\d])/g, `$1${mark}`),
  )
  for (const [section, key] of bare) {
    const written = below(marked, section)?.[key]
    const place = below(tree, section)
    if (place !== undefined && typeof written === "string" && written.startsWith(mark))
      place[key] = written.slice(mark.length)
  }
  return tree
}

const parse = (file: string, text: string): unknown =>
  /\.json$/i.test(file) ? JSON.parse(text) : parseYaml(text)

/** `JSON.parse` quotes the place instead of counting lines. */
const lineOf = (message: string, text: string): string => {
  const quoted = /, (?:\.\.\.)?"(.*?)"?(?:\.\.\.)? is not valid JSON$/s.exec(message)?.[1]
  const at = quoted === undefined ? -1 : text.indexOf(quoted.replace(/"\.\.\.$/, ""))
  return at < 0 ? "" : ` near line ${text.slice(0, at).split("\n").length}`
}

/** What the parser said, without the piece of the file that it quotes: that may be a secret. */
const messageOf = (cause: unknown, text: string): string => {
  const message = cause instanceof Error ? cause.message : "unreadable"
  return message
    .replace(/, (\.\.\.)?".*$/s, lineOf(message, text))
    .replace(/alias '\*[^']*'/, "alias (a text that begins with * needs quotes)")
}

const parseFile = (file: string, text: string): ConfigFile => {
  const value = Result.try({
    try: () => parse(file, text.replace(/^\uFEFF/, "")),
    catch: (cause) => messageOf(cause, text),
  })
  if (Result.isFailure(value)) {
    const kind = /\.json$/i.test(file) ? "JSON" : "YAML"
    return Result.fail({ path: "", detail: `not valid ${kind}: ${value.failure}`, source: file })
  }
  const tree = value.success ?? {}
  return isTree(tree)
    ? Result.succeed({ file, tree })
    : Result.fail({ path: "", detail: "expected an object with sections such as `exchanges`", source: file })
}

const whyUnreadable = (reason: string): string =>
  reason === "NotFound"
    ? "there is no such file"
    : reason === "PermissionDenied"
      ? "this process may not read it"
      : `it cannot be read (${reason})`

/** Reads YAML (`.json`: JSON). Never fails: what is wrong with one file must not hide what is wrong with another. */
export const readConfigFile = Effect.fn("config.readConfigFile")(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.readFileString(file).pipe(
    Effect.match({
      onFailure: (error): ConfigFile =>
        Result.fail({ path: "", detail: whyUnreadable(error.reason._tag), source: file }),
      onSuccess: (text) => parseFile(file, text),
    }),
  )
})
