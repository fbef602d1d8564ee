import type { Problem } from "./ConfigError.ts"
import { legacySections } from "./Legacy.ts"
import { copyOf, emptyTree, isTree, type Origins, type Tree, valueAt } from "./Tree.ts"

const present = (entries: Readonly<Record<string, unknown>>): Tree => {
  const tree = emptyTree()
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) tree[key] = value
  return tree
}

/** `kafka: { brokers, producer }` as an entry of `sinks`. */
const sinkOf = (kafka: Tree): Tree => {
  const { producer, ...rest } = kafka
  return present({ name: "kafka", type: "kafka", ...rest, ...(isTree(producer) ? producer : {}) })
}

const telemetryOf = (tree: Tree): Tree => {
  const own = isTree(tree["telemetry"]) ? tree["telemetry"] : emptyTree()
  const port = valueAt(tree, ["monitoring", "prometheus", "port"])
  const wanted =
    isTree(valueAt(tree, ["monitoring", "prometheus"])) &&
    valueAt(tree, ["monitoring", "prometheus", "enabled"]) !== false
  return {
    ...present({
      prometheus: wanted ? present({ port }) : undefined,
      logLevel: valueAt(tree, ["logging", "level"]),
      logFormat: valueAt(tree, ["logging", "format"]),
    }),
    ...own,
  }
}

/**
 * Says in our sections what the exchange collector's say: `kafka` is one more sink, `monitoring.prometheus` and
 * `logging` are telemetry. What is said in ours already stands. Takes a tree that has been checked and gives another.
 */
export const adopt = (
  checked: Tree,
  origins: Origins,
): { readonly tree: Tree; readonly problems: ReadonlyArray<Problem> } => {
  const tree = copyOf(checked) as Tree
  const kafka = tree["kafka"]
  const sinks: ReadonlyArray<unknown> = Array.isArray(tree["sinks"]) ? tree["sinks"] : []
  const problems: Array<Problem> = []
  if (isTree(kafka)) {
    const taken = sinks.findIndex((sink) => isTree(sink) && sink["name"] === "kafka")
    if (taken >= 0) {
      const source = origins.get(["kafka"])
      problems.push({
        path: "kafka",
        detail: `this section is a sink named "kafka", and so is sinks[${taken}]; keep one of them`,
        ...(source === undefined ? {} : { source }),
      })
    }
    tree["sinks"] = [...sinks, sinkOf(kafka)]
  }
  tree["telemetry"] = telemetryOf(tree)
  for (const section of Object.keys(legacySections)) delete tree[section]
  return { tree, problems }
}
