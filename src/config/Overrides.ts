import { Redacted } from "effect"
import { renderProblem } from "./ConfigError.ts"
import { didYouMean, plainName } from "../domain/NearestName.ts"
import { type Shape, structFor } from "./Shape.ts"
import {
  copyOf,
  emptyTree,
  isTree,
  mergeInto,
  type Origins,
  type Path,
  putAt,
  removeAt,
  type Tree,
  valueAt,
} from "./Tree.ts"

const prefix = /^MILLRACE_/i

/** Keys that a record may have although no file names them: the venues, under `exchanges`. */
export type KnownKeys = (path: Path) => ReadonlyArray<string>

interface Place {
  readonly path: Path
  readonly shape: Shape
}

interface Unknown {
  readonly unknown: string
}

const matching = (names: Iterable<string>, segment: string): string | undefined =>
  [...names].find((name) => plainName(name) === plainName(segment))

const inList = (list: ReadonlyArray<unknown>, segment: string): number => {
  if (/^\d+$/.test(segment)) return Number(segment) < list.length ? Number(segment) : -1
  return list.findIndex(
    (item) =>
      isTree(item) && typeof item["name"] === "string" && plainName(item["name"]) === plainName(segment),
  )
}

/** What stands at a key now: from the files, else the default, which is then written out so that a part of it can change. */
const below = (holder: Tree, key: string, fallback: unknown): unknown => {
  if (holder[key] === undefined && Array.isArray(fallback)) holder[key] = copyOf(fallback)
  return holder[key]
}

const find = (
  shape: Shape,
  value: unknown,
  segments: ReadonlyArray<string>,
  path: Path,
  knownKeys: KnownKeys,
): Place | Unknown => {
  const [segment, ...rest] = segments
  if (segment === undefined) return { path, shape }
  const holder = isTree(value) ? value : emptyTree()
  if (shape.kind === "record" || shape.kind === "free") {
    const known = knownKeys(path)
    const key = matching([...Object.keys(holder), ...known], segment)
    if (key === undefined && known.length > 0) return { unknown: didYouMean(segment.toLowerCase(), known) }
    const name = key ?? segment.toLowerCase()
    const next: Shape = shape.kind === "record" ? shape.value : shape
    return find(next, holder[name], rest, [...path, name], knownKeys)
  }
  if (shape.kind === "list" && Array.isArray(value)) {
    const index = inList(value, segment)
    return index < 0 ? { unknown: "" } : find(shape.item, value[index], rest, [...path, index], knownKeys)
  }
  const fields = structFor(shape, value)?.fields
  const key = fields && matching(fields.keys(), segment)
  const field = key === undefined ? undefined : fields?.get(key)
  if (key === undefined || field === undefined)
    return { unknown: didYouMean(segment.toLowerCase(), fields?.keys() ?? []) }
  return find(field.shape, below(holder, key, field.fallback), rest, [...path, key], knownKeys)
}

const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  "1": true,
  false: false,
  no: false,
  off: false,
  "0": false,
}

const json = (text: string): unknown => {
  try {
    return copyOf(JSON.parse(text) as unknown)
  } catch {
    return undefined
  }
}

/** The value that a text stands for where this shape is expected. What fits nothing stays a text, for the schema to refuse. */
const valueOf = (shape: Shape, text: string): unknown => {
  switch (shape.kind) {
    case "number":
    case "integer":
      return /^\s*[+-]?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : text
    case "boolean":
      return booleans[text.trim().toLowerCase()] ?? text
    case "choice":
      return shape.values.find((each) => each.toLowerCase() === text.trim().toLowerCase()) ?? text
    case "secret": {
      const reference = text.trimStart().startsWith("{") ? json(text) : undefined
      return isTree(reference) ? reference : Redacted.make(text)
    }
    case "union":
      return booleans[text.trim().toLowerCase()] ?? json(text) ?? text
    case "free":
    case "list":
    case "struct":
    case "record":
    case "variants":
      return json(text) ?? text
    default:
      return text
  }
}

const put = (tree: Tree, place: Place, text: string, from: string, origins: Origins): void => {
  const { path, shape } = place
  const value = shape.kind !== "text" && text.trim() === "null" ? null : valueOf(shape, text)
  if (value === null) return removeAt(tree, path)
  const before = valueAt(tree, path)
  if (shape.kind !== "secret" && isTree(value) && isTree(before)) {
    mergeInto(before, value, from, origins, path)
  } else {
    putAt(tree, path, value)
  }
  origins.set(path, from)
}

/**
 * Lays the variables `MILLRACE_A__B__C` over a tree, whole lists before their parts. Gives a warning for each name
 * that means nothing here: others put variables into the environment too.
 */
export const applyOverrides = (options: {
  readonly shape: Shape
  readonly tree: Tree
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly origins: Origins
  readonly knownKeys: KnownKeys
}): ReadonlyArray<string> => {
  const { shape, tree, origins, knownKeys } = options
  const variables = Object.entries(options.environment)
    .flatMap(([name, text]) =>
      prefix.test(name) && text !== undefined
        ? [{ name, text, segments: name.replace(prefix, "").split("__") }]
        : [],
    )
    .sort((a, b) => a.segments.length - b.segments.length || (a.name < b.name ? -1 : 1))
  return variables.flatMap(({ name, text, segments }) => {
    // Looking for the place writes defaults out, so that is tried first where it does no harm.
    const tried = find(shape, copyOf(tree), segments, [], knownKeys)
    if ("unknown" in tried) {
      return [renderProblem({ path: name, detail: `no such setting, ignored${tried.unknown}` })]
    }
    const place = find(shape, tree, segments, [], knownKeys)
    if ("path" in place) put(tree, place, text, name, origins)
    return []
  })
}
