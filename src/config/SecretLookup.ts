import { Effect, Redacted } from "effect"
import { Secrets, secretReference } from "../../services/Secrets.ts"
import type { Problem } from "./ConfigError.ts"
import { type Shape, structFor } from "./Shape.ts"
import { isTree, type Origins, type Path, putAt, renderPath, type Tree } from "./Tree.ts"

interface Found {
  readonly path: Path
  readonly value: unknown
  readonly shape: Extract<Shape, { kind: "secret" }>
}

/** Every value that stands where a secret belongs. */
const secretsIn = (shape: Shape, value: unknown, path: Path): ReadonlyArray<Found> => {
  if (shape.kind === "secret") return value === undefined ? [] : [{ path, value, shape }]
  if (shape.kind === "list") {
    return Array.isArray(value)
      ? value.flatMap((item, index) => secretsIn(shape.item, item, [...path, index]))
      : []
  }
  if (!isTree(value)) return []
  if (shape.kind === "record") {
    return Object.keys(value).flatMap((key) => secretsIn(shape.value, value[key], [...path, key]))
  }
  const fields = structFor(shape, value)?.fields ?? new Map()
  return [...fields].flatMap(([key, field]) => secretsIn(field.shape, value[key], [...path, key]))
}

const unreadable = Redacted.make("")

/**
 * Looks every secret up and puts it, redacted, in the reference's place. Plain text in a file is a problem, since the
 * file is copied and committed; whatever is a problem is replaced, so that no later message can show it.
 */
export const lookUpSecrets = Effect.fn("config.lookUpSecrets")(function* (options: {
  readonly shape: Shape
  readonly tree: Tree
  readonly origins: Origins
  /** Sources that may say a secret in plain text: the application's own code. */
  readonly trusted: ReadonlySet<string>
}) {
  const secrets = yield* Secrets
  const problems: Array<Problem> = []
  for (const { path, value, shape } of secretsIn(options.shape, options.tree, [])) {
    const source = options.origins.get(path)
    const refuse = (detail: string): void => {
      problems.push({ path: renderPath(path), detail, ...(source === undefined ? {} : { source }) })
      putAt(options.tree, path, unreadable)
    }
    if (Redacted.isRedacted(value)) continue
    const reference = secretReference(value)
    if (reference !== undefined) {
      yield* Effect.match(secrets.resolve(reference), {
        onFailure: (error) => refuse(error.detail),
        onSuccess: (secret) => putAt(options.tree, path, secret),
      })
    } else if (typeof value !== "string") {
      refuse(`expected ${shape.expected}, found something else (not shown)`)
    } else if (shape.plain?.(value) === true || (source !== undefined && options.trusted.has(source))) {
      putAt(options.tree, path, Redacted.make(value))
    } else {
      refuse(`a secret in plain text (not shown); expected ${shape.expected}`)
    }
  }
  return problems
})
