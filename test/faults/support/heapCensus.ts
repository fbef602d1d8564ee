import { readFileSync } from "node:fs"

/** What is alive in a process: how many objects of each shape (a constructor and its property names), and their bytes. */
export type HeapCensus = ReadonlyMap<string, { readonly count: number; readonly bytes: number }>

interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: ReadonlyArray<string>
      readonly node_types: readonly [ReadonlyArray<string>, ...ReadonlyArray<unknown>]
      readonly edge_fields: ReadonlyArray<string>
      readonly edge_types: readonly [ReadonlyArray<string>, ...ReadonlyArray<unknown>]
    }
  }
  readonly nodes: ReadonlyArray<number>
  readonly edges: ReadonlyArray<number>
  readonly strings: ReadonlyArray<string>
}

/** Property names of a shape that are told. */
const named = 8

/** Kinds of nodes that a program makes; the rest is V8's own. */
const counted = new Set(["object", "closure", "native"])

/**
 * Shapes of data that is on its way, or that the journal keeps for readers that follow, which is bounded by bytes; and
 * what was spent of a limit within its window.
 */
const passing = [
  "receivedAt",
  "Buffer",
  "WrittenRecord",
  "{offset position}",
  "{checked whole}",
  "payload}",
  "{at weight}",
]

/** Counts what a V8 heap snapshot holds. Objects of one literal have the same property names, and no class to be told by. */
export const censusOf = (file: string): HeapCensus => {
  const { edges, nodes, snapshot, strings } = JSON.parse(readFileSync(file, "utf8")) as Snapshot
  const { edge_fields, edge_types, node_fields, node_types } = snapshot.meta
  const [nodeKinds] = node_types
  const [edgeKinds] = edge_types
  const at = (field: string) => node_fields.indexOf(field)
  const [kind, name, size, edgeCount] = [at("type"), at("name"), at("self_size"), at("edge_count")]
  const edgeKind = edge_fields.indexOf("type")
  const edgeName = edge_fields.indexOf("name_or_index")
  const census = new Map<string, { count: number; bytes: number }>()
  let edge = 0
  for (let node = 0; node < nodes.length; node += node_fields.length) {
    const end = edge + nodes[node + edgeCount]! * edge_fields.length
    const kindOfNode = nodeKinds[nodes[node + kind]!]!
    if (counted.has(kindOfNode)) {
      const names: Array<string> = []
      for (let each = edge; each < end; each += edge_fields.length)
        if (edgeKinds[edges[each + edgeKind]!] === "property") names.push(strings[edges[each + edgeName]!]!)
      const own = kindOfNode === "object" ? names.filter((each) => each !== "__proto__").toSorted() : []
      const key = `${kindOfNode} ${strings[nodes[node + name]!]!} {${own.slice(0, named).join(" ")}}`
      const known = census.get(key) ?? { count: 0, bytes: 0 }
      census.set(key, known)
      known.count++
      known.bytes += nodes[node + size]!
    }
    edge = end
  }
  return census
}

export interface Grown {
  readonly shape: string
  readonly more: number
  readonly before: number
}

/** Shapes of which there are more by at least so many, most first; none of what only passes. */
export const grownBy = (before: HeapCensus, after: HeapCensus, atLeast: number): ReadonlyArray<Grown> =>
  [...after]
    .map(([shape, { count }]) => {
      const had = before.get(shape)?.count ?? 0
      return { shape, more: count - had, before: had }
    })
    .filter(({ more, shape }) => more >= atLeast && !passing.some((name) => shape.includes(name)))
    .toSorted((left, right) => right.more - left.more)
