/** Something that one node at a time is to run. */
export interface Assignable {
  readonly id: string
  /** What its node must be able to do; empty: nothing in particular. */
  readonly capability: string
  /** Where it is collected from. */
  readonly source: string
  /** Who runs it, if anyone. */
  readonly owner: string | undefined
  /** From 1; one more with each owner. */
  readonly epoch: number
}

/** A node as far as it matters to who gets what. */
export interface Candidate {
  readonly id: string
  /** Empty: it does not say, and can do anything. */
  readonly capabilities: ReadonlyArray<string>
  /** What it can collect from; absent: it has a plugin, which may know any. */
  readonly sources?: ReadonlyArray<string>
  /** It was heard lately: what is free may be given to it. */
  readonly takes: boolean
}

/** Who is to run what from now on. */
export interface Move {
  readonly id: string
  readonly from: string | undefined
  /** Absent: nobody can. */
  readonly to: string | undefined
  readonly epoch: number
}

type Wish = Pick<Assignable, "capability" | "source">

const able = ({ capabilities, sources }: Candidate, { capability, source }: Wish): boolean =>
  (capability === "" || capabilities.length === 0 || capabilities.includes(capability)) &&
  (sources === undefined || sources.includes(source))

/**
 * Gives what nobody runs to the able node that has least. What has an owner stays where it is, whatever the balance,
 * until `free` says that its owner cannot be running it any more: that alone keeps two nodes from running one thing.
 */
export const assign = (
  things: ReadonlyArray<Assignable>,
  nodes: ReadonlyArray<Candidate>,
  free: (owner: string) => boolean,
): ReadonlyArray<Move> => {
  const taking = nodes.filter(({ takes }) => takes)
  const load = new Map(taking.map(({ id }) => [id, 0]))
  const open: Array<Assignable> = []
  for (const thing of things) {
    if (thing.owner === undefined || free(thing.owner)) open.push(thing)
    else load.set(thing.owner, (load.get(thing.owner) ?? 0) + 1)
  }
  const moves: Array<Move> = []
  for (const thing of open.toSorted((left, right) => (left.id < right.id ? -1 : 1))) {
    const { epoch, id, owner } = thing
    const best = taking
      .filter((node) => able(node, thing))
      .reduce<Candidate | undefined>(
        (least, node) => (least === undefined || load.get(node.id)! < load.get(least.id)! ? node : least),
        undefined,
      )
    if (best === undefined) {
      if (owner !== undefined) moves.push({ id, from: owner, to: undefined, epoch })
      continue
    }
    load.set(best.id, load.get(best.id)! + 1)
    moves.push({ id, from: owner, to: best.id, epoch: epoch + 1 })
  }
  return moves
}

/** Nodes that are named. */
const mostNamed = 5

/** Why nobody runs something that nobody runs. */
export const whyNobody = ({ capability, source }: Wish, nodes: ReadonlyArray<Candidate>): string => {
  const taking = nodes.filter(({ takes }) => takes).map(({ id }) => id)
  if (taking.length === 0) return nodes.length === 0 ? "no node has reported here yet" : "no node is online"
  const named = taking.slice(0, mostNamed).join(", ")
  const more = taking.length > mostNamed ? ` and ${taking.length - mostNamed} more` : ""
  return `no node that is online (${named}${more}) can collect ${capability} from ${source}: see their capabilities and sources`
}
