import { Deferred, Effect, Exit, Latch, PubSub, Semaphore, Stream } from "effect"
import type { TaskStoreError } from "../../services/TaskStore.ts"
import { TaskStore } from "../../services/TaskStore.ts"
import type { TaskChange } from "../../services/Tasks.ts"
import type { Task } from "../domain/Task.ts"
import { Rows } from "./Rows.ts"

/** A watcher that is slower than this many changes misses the oldest. */
const changesKept = 1024

interface Commit {
  readonly id: string
  readonly next: (current: Task | undefined) => Task
  readonly done: Deferred.Deferred<Task, TaskStoreError>
}

/**
 * The rows and the store behind them. Two ways to change one:
 * - `commit`: stored first, then seen. What a door is told has happened, has.
 * - `touch`: seen first, stored as soon as the store takes it, tried again until it does. For what has happened anyway:
 *   the world does not wait for a disk. What `kill -9` takes away of it happens again.
 * All that waits is stored at once, in one transaction.
 */
export interface Ledger {
  readonly rows: Rows
  /** What the store holds is in `rows`. Fails while the store cannot be read; each call tries. */
  readonly load: Effect.Effect<void, TaskStoreError>
  readonly commit: (
    id: string,
    next: (current: Task | undefined) => Task,
  ) => Effect.Effect<Task, TaskStoreError>
  /** The task in rows becomes this one; nothing where it is gone. */
  readonly touch: (task: Task) => void
  /** The same, of a new one too. */
  readonly set: (task: Task) => void
  /** It is gone, its versions and its checkpoint with it. */
  readonly drop: (id: string) => void
  /** Everything that has changed is stored when this completes. */
  readonly flush: Effect.Effect<void, TaskStoreError>
  /** Waits until something is to be stored. */
  readonly unsaved: Effect.Effect<void>
  readonly changes: Stream.Stream<TaskChange>
}

/** `onChange` is told of every change of the rows, at once. */
export const makeLedger = Effect.fnUntraced(function* (onChange: (rows: Rows) => void) {
  const store = yield* TaskStore
  const rows = new Rows()
  const disk = yield* Semaphore.make(1)
  const toStore = yield* Latch.make(false)
  const changed = yield* Effect.acquireRelease(PubSub.sliding<TaskChange>(changesKept), PubSub.shutdown)
  const dirty = new Set<string>()
  const doomed = new Set<string>()
  let commits: Array<Commit> = []
  let loaded = false

  const announce = (kind: TaskChange["kind"], task: Task): void => {
    PubSub.publishUnsafe(changed, { kind, task })
    onChange(rows)
  }

  const see = (task: Task): void => {
    rows.set(task)
    announce("saved", task)
  }

  const soil = (id: string): void => {
    dirty.add(id)
    toStore.openUnsafe()
  }

  const set = (task: Task): void => {
    see(task)
    soil(task.spec.id)
  }

  /** Stores what is to be stored: called with the disk in hand. */
  const storeAll = Effect.fnUntraced(function* () {
    toStore.closeUnsafe()
    const batch = commits
    commits = []
    const ids = [...dirty]
    dirty.clear()
    const gone = [...doomed]
    doomed.clear()
    const saved = new Map<string, Task>()
    for (const id of ids) {
      const task = rows.get(id)
      if (task !== undefined) saved.set(id, task)
    }
    const bases = batch.map(({ id }) => rows.get(id))
    const made = batch.map(({ id, next }) => {
      const task = next(saved.get(id) ?? rows.get(id))
      saved.set(id, task)
      return task
    })
    const stored = yield* Effect.exit(
      Effect.andThen(
        gone.length === 0 ? Effect.void : store.remove(gone),
        saved.size === 0 ? Effect.void : store.save([...saved.values()]),
      ),
    )
    if (Exit.isFailure(stored)) {
      for (const id of ids) dirty.add(id)
      for (const id of gone) if (!rows.has(id)) doomed.add(id)
      for (const { done } of batch) Deferred.doneUnsafe(done, Effect.failCause(stored.cause))
      if (dirty.size + doomed.size > 0) toStore.openUnsafe()
      return yield* Effect.failCause(stored.cause)
    }
    batch.forEach(({ done, id, next }, index) => {
      const current = rows.get(id)
      // It may have gone or changed while the disk was at work.
      if (current === undefined && bases[index] !== undefined) {
        doomed.add(id)
        toStore.openUnsafe()
        return Deferred.doneUnsafe(done, Effect.succeed(made[index]!))
      }
      const task = current === bases[index] ? made[index]! : next(current)
      if (task !== made[index]) soil(id)
      see(task)
      Deferred.doneUnsafe(done, Effect.succeed(task))
    })
  })

  const flush: Ledger["flush"] = Effect.suspend(() =>
    dirty.size === 0 && doomed.size === 0 && commits.length === 0 ? Effect.void : storeAll(),
  ).pipe(Semaphore.withPermits(disk, 1), Effect.uninterruptible)

  const load: Ledger["load"] = Effect.suspend(() => {
    if (loaded) return Effect.void
    return Effect.map(store.list(), (tasks) => {
      loaded = true
      for (const task of tasks) if (!rows.has(task.spec.id)) rows.set(task)
      onChange(rows)
    })
  }).pipe(Semaphore.withPermits(disk, 1))

  return {
    rows,
    load: Effect.suspend(() => (loaded ? Effect.void : load)),
    commit: (id, next) =>
      Effect.suspend(() => {
        const done = Deferred.makeUnsafe<Task, TaskStoreError>()
        commits.push({ id, next, done })
        // Whoever comes first stores for all who wait; how it fared, each learns by itself.
        return Effect.andThen(Effect.ignore(flush), Deferred.await(done))
      }).pipe(Effect.uninterruptible),
    touch: (task) => {
      if (rows.has(task.spec.id)) set(task)
    },
    set,
    drop: (id) => {
      const task = rows.delete(id)
      if (task === undefined) return
      dirty.delete(id)
      doomed.add(id)
      toStore.openUnsafe()
      announce("removed", task)
    },
    flush,
    unsaved: toStore.await,
    changes: Stream.fromPubSub(changed),
  } satisfies Ledger as Ledger
})
