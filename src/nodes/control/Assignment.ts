/** Something that one node at a time is to run. */
export interface Assignable {
  readonly id: string
  /** What its node must be able to do; empty: nothing in particular. */
  readonly capability: string
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

const able = ({ capabilities }: Candidate, capability: string): boolean =>
  capability === "" || capabilities.length === 0 || capabilities.includes(capability)

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
  for (const { capability, epoch, id, owner } of open.toSorted((left, right) =>
    left.id < right.id ? -1 : 1,
  )) {
    const best = taking
      .filter((node) => able(node, capability))
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
