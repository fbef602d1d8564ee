import { isTree, type Path, renderPath, type Tree, valueAt } from "./Tree.ts"

/** A part that the configuration may name before there is one. The line goes when the part comes. */
interface Part {
  readonly path: Path
  readonly what: string
  /** Whether the value turns it on; its presence does unless given. */
  readonly on?: (value: unknown) => boolean
}

const enabled = (value: unknown): boolean => isTree(value) && value["enabled"] !== false

const parts: ReadonlyArray<Part> = [
  { path: ["googleCloud", "pubsub"], what: "Pub/Sub", on: enabled },
  { path: ["googleCloud", "secretManager"], what: "Secret Manager", on: enabled },
  { path: ["monitoring", "googleCloudMonitoring"], what: "Cloud Monitoring", on: enabled },
  { path: ["logging", "googleCloudLogging"], what: "Cloud Logging", on: enabled },
]

/** The enabled parts of a configuration that are not built yet: `googleCloud.pubsub (Pub/Sub)`. */
export const notBuilt = (tree: Tree): ReadonlyArray<string> =>
  parts.flatMap(({ path, what, on = () => true }) => {
    const value = valueAt(tree, path)
    return value !== undefined && on(value) ? [`${renderPath(path)} (${what})`] : []
  })

/** One warning for all of them; none when there are none. */
export const notBuiltWarning = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.length === 0 ? [] : [`configured but not built yet, and therefore ignored: ${names.join(", ")}`]
