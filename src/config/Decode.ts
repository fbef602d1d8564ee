import { Redacted, Result, Schema, type SchemaIssue } from "effect"
import type { Problem } from "./ConfigError.ts"
import { didYouMean, nearestName } from "../domain/NearestName.ts"
import { makeShape, type Shape, shapeBelow, structFor } from "./Shape.ts"
import { copyOf, isTree, type Origins, type Path, removeAt, renderPath, type Tree, valueAt } from "./Tree.ts"

/** Never more of a value than helps to find it, and never the credentials in a URL. */
const shown = (value: unknown): string => {
  if (value === undefined || value === null) return "nothing"
  if (Redacted.isRedacted(value)) return "a secret"
  if (Array.isArray(value)) return "a list"
  if (typeof value === "object") return "an object"
  if (typeof value !== "string") return String(value)
  const safe = value.replace(/:\/\/[^/?#]*@/, "://…@")
  return JSON.stringify(safe.length > 60 ? `${safe.slice(0, 57)}…` : safe)
}

/** What is wrong at one place, before it is put into words. */
interface Fault {
  readonly path: Path
  readonly kind: "unknown" | "missing" | "invalid"
  /** What the schema asks for, where it says more than the shape does. */
  readonly expected: string | undefined
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

const faultsOf = (issue: SchemaIssue.Issue, path: Path, expected?: string): ReadonlyArray<Fault> => {
  switch (issue._tag) {
    case "Pointer":
      return faultsOf(issue.issue, [
        ...path,
        ...issue.path.map((each) => (typeof each === "number" ? each : String(each))),
      ])
    case "Encoding":
      return faultsOf(issue.issue, path, expected)
    case "Filter":
      return faultsOf(issue.issue, path, expected ?? textOf(issue.filter.annotations?.["expected"]))
    case "Composite": {
      // Several checks of one value: the last one says all that is expected of it.
      const checks = issue.issues.every((each) => each._tag === "Filter")
      return (checks ? issue.issues.slice(-1) : issue.issues).flatMap((each) =>
        faultsOf(each, path, expected),
      )
    }
    case "AnyOf":
      return issue.issues.length === 1
        ? faultsOf(issue.issues[0]!, path, expected)
        : [{ path, kind: "invalid", expected }]
    case "UnexpectedKey":
      return [{ path, kind: "unknown", expected: undefined }]
    case "MissingKey":
      return [{ path, kind: "missing", expected: undefined }]
    case "InvalidValue":
      return [{ path, kind: "invalid", expected: expected ?? textOf(issue.annotations?.["expected"]) }]
    default:
      return [{ path, kind: "invalid", expected }]
  }
}

/** The shape at a path, or `undefined` beyond what is known. */
const shapeAt = (root: Shape, tree: unknown, path: Path): Shape | undefined =>
  path.reduce<Shape | undefined>(
    (shape, segment, index) => shape && shapeBelow(shape, valueAt(tree, path.slice(0, index)), segment),
    root,
  )

const unknownKey = (root: Shape, tree: unknown, path: Path): string => {
  const holder = path.slice(0, -1)
  const shape = shapeAt(root, tree, holder)
  const known = shape === undefined ? undefined : structFor(shape, valueAt(tree, holder))?.fields.keys()
  const names = [...(known ?? [])]
  const hint = didYouMean(String(path.at(-1)), names)
  return `unknown key${hint !== "" || names.length > 12 ? hint : `; known here: ${names.join(", ")}`}`
}

const missingKey = (root: Shape, tree: unknown, path: Path): string => {
  const holder = path.slice(0, -1)
  const shape = shapeAt(root, tree, holder)
  const field = shape && structFor(shape, valueAt(tree, holder))?.fields.get(String(path.at(-1)))
  return field === undefined ? "missing" : `missing; expected ${field.shape.expected}. ${field.description}`
}

const invalid = (shape: Shape | undefined, value: unknown, expected: string | undefined): string => {
  const wanted = `expected ${expected ?? shape?.expected ?? "another value"}`
  if (expected !== undefined && typeof value === "object") return wanted
  const nested = shape !== undefined && ["struct", "record", "variants", "secret"].includes(shape.kind)
  // A text where an object belongs may be a whole credential: its kind is enough to find it.
  if (nested && typeof value === "string") return `${wanted}, found a text`
  const hint =
    shape?.kind === "choice" && typeof value === "string" && !shape.values.includes(value)
      ? didYouMean(value, shape.values)
      : ""
  return `${wanted}, found ${shown(value)}${hint}`
}

/** An object of which nothing is known, since the key that says what it is is missing or wrong. */
const unknownVariant = (shape: Extract<Shape, { kind: "variants" }>, value: Tree, path: Path) => {
  const values = [...shape.of.keys()]
  const choice: Shape = { kind: "choice", values, expected: `one of ${values.join(", ")}` }
  const tag = value[shape.tag]
  if (tag !== undefined) return { path: [...path, shape.tag], detail: invalid(choice, tag, undefined) }
  const meant = nearestName(shape.tag, Object.keys(value))
  return meant === undefined
    ? { path: [...path, shape.tag], detail: `missing; expected ${choice.expected}` }
    : { path: [...path, meant], detail: `unknown key${didYouMean(meant, [shape.tag])}` }
}

const describe = (
  root: Shape,
  tree: unknown,
  fault: Fault,
): { readonly path: Path; readonly detail: string } => {
  const { path } = fault
  if (fault.kind === "unknown") return { path, detail: unknownKey(root, tree, path) }
  if (fault.kind === "missing") return { path, detail: missingKey(root, tree, path) }
  const shape = shapeAt(root, tree, path)
  const value = valueAt(tree, path)
  if (shape?.kind === "variants" && isTree(value)) return unknownVariant(shape, value, path)
  return { path, detail: invalid(shape, value, fault.expected) }
}

const isVariable = (source: string | undefined): boolean => source !== undefined && /^MILLRACE_/i.test(source)

const wantsJson = (shape: Shape | undefined): boolean =>
  shape !== undefined && ["struct", "record", "list", "variants"].includes(shape.kind)

/** A problem with the place in the tree that it is about. */
export interface PlacedProblem {
  readonly path: Path
  readonly problem: Problem
}

/** Decodes a tree whose secrets have been looked up; fails with every problem at once. */
export const decodeTree = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
  tree: unknown,
  origins: Origins,
): Result.Result<S["Type"], ReadonlyArray<PlacedProblem>> => {
  const decoded = Schema.decodeUnknownResult(schema)(tree, { errors: "all", onExcessProperty: "error" })
  if (Result.isSuccess(decoded)) return Result.succeed(decoded.success)
  const root = makeShape(schema)
  return Result.fail(
    faultsOf(decoded.failure.issue, []).map((fault) => {
      const { path, detail } = describe(root, tree, fault)
      const source = origins.get(path)
      const json =
        isVariable(source) && typeof valueAt(tree, path) === "string" && wantsJson(shapeAt(root, tree, path))
      const problem = {
        path: renderPath(path),
        detail: json ? `${detail}; in the environment lists and objects are JSON` : detail,
        ...(source === undefined ? {} : { source }),
      }
      // What cannot be decoded as a whole: of an object without a known kind, that is all of it.
      return { path: fault.kind === "missing" ? path.slice(0, -1) : fault.path, problem }
    }),
  )
}

/** The tree without what is wrong in it; a list with a wrong item goes whole, so that the others keep their places. */
const without = (tree: Tree, wrong: ReadonlyArray<PlacedProblem>): Tree => {
  const rest = copyOf(tree) as Tree
  for (const { path } of wrong) {
    const item = path.findIndex((segment, index) => typeof segment === "number" && index === path.length - 1)
    removeAt(rest, item < 0 ? path : path.slice(0, item))
  }
  return rest
}

/** As much of a tree as can be decoded, so that one kind of mistake does not hide another. */
export const salvage = (
  schema: Schema.ConstraintDecoder<unknown>,
  tree: Tree,
  wrong: ReadonlyArray<PlacedProblem>,
  origins: Origins,
): Tree | undefined => {
  let rest = tree
  let left = wrong
  for (let round = 0; round < 5; round++) {
    rest = without(rest, left)
    const decoded = decodeTree(schema, rest, origins)
    if (Result.isSuccess(decoded)) return rest
    left = decoded.failure
  }
  return undefined
}
