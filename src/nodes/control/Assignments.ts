import { Effect, Semaphore } from "effect"
import type { Task } from "../../domain/Task.ts"
import { assign, type Candidate, type Move } from "./Assignment.ts"
import type { AssignmentStore, AssignmentStoreError } from "./AssignmentStore.ts"
import { instancesOf, isWanted, type PlannedInstance } from "./Instances.ts"

/** An instance, and who runs it. */
export interface AssignedInstance extends PlannedInstance {
  readonly number: number
  readonly epoch: number
  readonly owner: string | undefined
}

/** What a node was given once and is not to run any more: said to it until its digest shows that it knows. */
export interface Withdrawn extends AssignedInstance {
  readonly owner: string
}

/** Past this many the oldest withdrawals are forgotten; a node that asks then is given its whole list. */
const maxWithdrawn = 10_000

export interface Assignments {
  /** What there is to run, from the tasks as they are now. Instances of tasks that are gone are withdrawn. */
  readonly plan: (tasks: ReadonlyArray<Task>) => Effect.Effect<void, AssignmentStoreError>
  /** Gives what nobody runs to somebody. What it says has happened is on the disk. */
  readonly settle: (
    nodes: ReadonlyArray<Candidate>,
    free: (owner: string) => boolean,
  ) => Effect.Effect<ReadonlyArray<Move>, AssignmentStoreError>
  readonly get: (id: string) => AssignedInstance | undefined
  readonly list: () => ReadonlyArray<AssignedInstance>
  /** Of a node, or of nobody. */
  readonly of: (node: string | undefined) => ReadonlyArray<AssignedInstance>
  readonly withdrawnFrom: (node: string) => ReadonlyArray<Withdrawn>
  /** The node's list shows that it knows. */
  readonly acknowledged: (node: string) => void
}

/** Who runs what: changed in one place, one change at a time, and kept before it is told. */
export const makeAssignments = Effect.fnUntraced(function* (
  store: AssignmentStore,
): Effect.fn.Return<Assignments, AssignmentStoreError> {
  const remembered = new Map((yield* store.load).map((each) => [each.id, each]))
  const instances = new Map<string, AssignedInstance>()
  let byOwner: ReadonlyMap<string | undefined, ReadonlyArray<AssignedInstance>> = new Map()
  let withdrawn: ReadonlyArray<Withdrawn> = []
  let lastNumber = Math.max(0, ...[...remembered.values()].map(({ number }) => number))
  const alone = yield* Semaphore.make(1)

  const keep = (next: ReadonlyMap<string, AssignedInstance>) =>
    store.save(
      [...next.values()].map(({ epoch, id, number, owner }) => ({
        id,
        number,
        epoch,
        ...(owner === undefined ? {} : { owner }),
      })),
    )

  const replace = (next: ReadonlyMap<string, AssignedInstance>): void => {
    const gone: Array<Withdrawn> = []
    for (const [id, before] of instances) {
      const { owner } = before
      if (owner !== undefined && next.get(id)?.owner !== owner) gone.push({ ...before, owner })
    }
    // Given back to one who had it: nothing to withdraw any more.
    const still = withdrawn.filter(({ id, owner }) => next.get(id)?.owner !== owner)
    withdrawn = [...still, ...gone].slice(-maxWithdrawn)
    instances.clear()
    for (const [id, instance] of next) instances.set(id, instance)
    // Every heartbeat asks for its node's.
    byOwner = Map.groupBy(next.values(), ({ owner }) => owner)
  }

  const plan = Effect.fnUntraced(function* (tasks: ReadonlyArray<Task>) {
    const next = new Map<string, AssignedInstance>()
    let changed = false
    for (const planned of tasks.filter(isWanted).flatMap(instancesOf)) {
      const known = instances.get(planned.id) ?? remembered.get(planned.id)
      const { epoch = 0, number = ++lastNumber, owner } = known ?? {}
      const instance: AssignedInstance = { ...planned, number, epoch, owner }
      if (instances.get(planned.id)?.params !== planned.params) changed = true
      next.set(planned.id, instance)
    }
    changed ||= [...instances.keys()].some((id) => !next.has(id))
    if (!changed) return
    yield* keep(next)
    remembered.clear()
    replace(next)
  })

  const settle = Effect.fnUntraced(function* (
    nodes: ReadonlyArray<Candidate>,
    free: (owner: string) => boolean,
  ) {
    const moves = assign([...instances.values()], nodes, free)
    if (moves.length === 0) return moves
    const next = new Map(instances)
    for (const { epoch, id, to } of moves) next.set(id, { ...next.get(id)!, epoch, owner: to })
    yield* keep(next)
    replace(next)
    return moves
  })

  return {
    plan: (tasks) => alone.withPermit(plan(tasks)),
    settle: (nodes, free) => alone.withPermit(settle(nodes, free)),
    get: (id) => instances.get(id),
    list: () => [...instances.values()],
    of: (node) => byOwner.get(node) ?? [],
    withdrawnFrom: (node) => withdrawn.filter(({ owner }) => owner === node),
    acknowledged: (node) => {
      withdrawn = withdrawn.filter(({ owner }) => owner !== node)
    },
  }
})
