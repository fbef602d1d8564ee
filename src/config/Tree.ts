import { Redacted } from "effect"
import { secretReference } from "../../services/Secrets.ts"

/** Configuration before it is decoded: what YAML and JSON give. Keys may be anything, so objects have no prototype. */
export interface Tree {
  [key: string]: unknown
}

export const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !Redacted.isRedacted(value)

export type Path = ReadonlyArray<string | number>

/** `exchanges.binance.symbols[0]`, as error messages and the manual write it. */
export const renderPath = (path: Path): string =>
  path.reduce<string>(
    (text, segment) =>
      typeof segment === "number"
        ? `${text}[${segment}]`
        : /^[\w$-]+$/.test(segment)
          ? `${text}${text === "" ? "" : "."}${segment}`
          : `${text}[${JSON.stringify(segment)}]`,
    "",
  )

/** Where each value came from, so that an error names the file to open. */
export class Origins {
  private readonly sources = new Map<string, string>()

  set(path: Path, source: string): void {
    this.sources.set(JSON.stringify(path), source)
  }

  /** The source of a value, or of what it stands in. */
  get(path: Path): string | undefined {
    for (let length = path.length; length >= 0; length--) {
      const source = this.sources.get(JSON.stringify(path.slice(0, length)))
      if (source !== undefined) return source
    }
    return undefined
  }
}

export const emptyTree = (): Tree => Object.create(null) as Tree

/** A copy that shares nothing with the original, objects without prototype. */
export const copyOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(copyOf)
  if (!isTree(value)) return value
  const copy = emptyTree()
  for (const [key, each] of Object.entries(value)) copy[key] = copyOf(each)
  return copy
}

/** `{ env: A }` is replaced by `{ file: B }`, not merged with it. */
const bothSecrets = (one: unknown, other: unknown): boolean =>
  secretReference(one) !== undefined && secretReference(other) !== undefined

/**
 * Lays a later tree over an earlier one: objects merge key by key, everything else (lists too) replaces, and `null`
 * takes back what was said before, so that the default holds again.
 */
export const mergeInto = (
  target: Tree,
  source: Tree,
  from: string,
  origins: Origins,
  path: Path = [],
): Tree => {
  for (const [key, value] of Object.entries(source)) {
    const here = [...path, key]
    const below = target[key]
    if (value === null) {
      delete target[key]
    } else if (isTree(value) && isTree(below) && !bothSecrets(below, value)) {
      mergeInto(below, value, from, origins, here)
    } else {
      origins.set(here, from)
      target[key] = isTree(value) ? mergeInto(emptyTree(), value, from, origins, here) : copyOf(value)
    }
  }
  return target
}

/** The value at a path, or `undefined`. */
export const valueAt = (tree: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, segment) =>
      Array.isArray(value) && typeof segment === "number"
        ? value[segment]
        : isTree(value) && Object.hasOwn(value, segment)
          ? value[segment]
          : undefined,
    tree,
  )

/** Puts a value at a path, making the objects on the way. Steps into lists that are there, never makes one. */
export const putAt = (tree: Tree, path: Path, value: unknown): void => {
  const last = path.length - 1
  let holder: Record<string | number, unknown> = tree
  for (const segment of path.slice(0, last)) {
    const below = holder[segment]
    if (!isTree(below) && !Array.isArray(below)) holder[segment] = emptyTree()
    holder = holder[segment] as Record<string | number, unknown>
  }
  holder[path[last]!] = value
}

export const removeAt = (tree: Tree, path: Path): void => {
  const holder = valueAt(tree, path.slice(0, -1))
  if (isTree(holder)) delete holder[String(path.at(-1))]
}
