import { Clock, Deferred, Duration, Effect, Random, type Scope, Semaphore } from "effect"
import { TaskStoreError } from "../../../services/TaskStore.ts"
import type { HeldTasks } from "../HeldTasks.ts"
import type { Bucket } from "./Bucket.ts"
import type { Change } from "./Changes.ts"
import { unconditional } from "./Failures.ts"
import { load, type Loaded, logKey, packEntry, sumUp, unpackEntry } from "./Loading.ts"
import { makeOwnership } from "./Ownership.ts"

export interface TaskLogOptions {
  readonly leaseMillis: number
  /** For a person at another process: `pid 7 on host-a`. */
  readonly process: string
  /** What the tasks may weigh, as JSON. */
  readonly maxBytes: number
  /** The log is summed up after so many writes, or as soon as it is larger than what it follows. */
  readonly mostEntries: number
}

/** A log that is smaller is not summed up for its size. */
const smallLog = 1024 ** 2

/** After a summing up that failed. */
const entriesBetween = 64

const attempts = 5

interface Opened extends Loaded {
  readonly term: number
  renewedAt: number
  sumUpAt: number
}

interface Pending {
  readonly change: Change
  readonly done: Deferred.Deferred<void, TaskStoreError>
}

/**
 * The tasks of one prefix, in memory, and the log of their changes in the bucket. What is asked for at once is written
 * at once, by one object, which is created and never overwritten: `write` has happened whole or not at all, and of two
 * processes that write the same number one is refused.
 */
export const makeTaskLog = Effect.fnUntraced(function* (
  bucket: Bucket,
  { leaseMillis, maxBytes, mostEntries, process }: TaskLogOptions,
): Effect.fn.Return<
  {
    readonly read: <A>(look: (held: HeldTasks) => A) => Effect.Effect<A, TaskStoreError>
    readonly write: (change: Change) => Effect.Effect<void, TaskStoreError>
    /** What it finds is removed; how many. */
    readonly removeSome: (
      find: (held: HeldTasks) => ReadonlyArray<string>,
    ) => Effect.Effect<number, TaskStoreError>
  },
  never,
  Scope.Scope
> {
  const { where } = bucket
  const numbers = yield* Effect.all([Random.nextInt, Random.nextInt])
  const writer = numbers.map((each) => Math.abs(each).toString(36)).join("")
  const ownership = makeOwnership({ bucket, leaseMillis, process, writer })
  const turn = Semaphore.makeUnsafe(1)
  const pending: Array<Pending> = []
  let writes = 0
  let state: Opened | undefined
  let lost: TaskStoreError | undefined

  const fenced = new TaskStoreError({
    reason: "io",
    detail: `${where}: another process has taken over, since nothing was heard of this one for longer than \`tasks.s3.lease\`: start this one again, with another \`tasks.s3.prefix\` if both are to work`,
  })

  /** Whether it stands in the log now; otherwise another process has written there. */
  const append = Effect.fnUntraced(function* (to: Opened, changes: ReadonlyArray<Change>) {
    const write = ++writes
    const packed = yield* packEntry({ term: to.term, writer, write }, changes)
    const stand = (stood: ReadonlyArray<Change>, bytes: number): void => {
      for (const change of stood) to.tasks.apply(change)
      to.sequence++
      to.entries++
      to.logBytes += bytes
    }
    for (let attempt = 0; attempt < attempts; attempt++) {
      const key = logKey(to.sequence + 1)
      const created = (yield* bucket.create(key, packed)) === "created"
      const found = created ? packed : yield* bucket.read(key)
      if (found === undefined) continue
      const entry = created
        ? { head: { writer, write }, changes }
        : yield* unpackEntry(`${where}${key}`, found)
      if (entry.head.writer !== writer) return false
      stand(entry.changes, found.length)
      // An earlier write of ours whose answer was lost comes first.
      if (entry.head.write === write) return true
    }
    return yield* new TaskStoreError({
      reason: "io",
      detail: `${where}: the server refuses to create ${logKey(to.sequence + 1)} and has no such object: see its log`,
    })
  })

  const provesConditions = Effect.gen(function* () {
    const key = "conditional-writes"
    const body = Buffer.from("Two processes write here on condition that nothing is there.\n")
    if ((yield* bucket.create(key, body)) === "refused" || (yield* bucket.create(key, body)) === "refused")
      return
    const [reason, words] = unconditional
    return yield* new TaskStoreError({ reason, detail: `${where}: ${words}` })
  })

  /** `undefined`: another was quicker. */
  const take = Effect.fnUntraced(function* (loaded: Loaded, term: number) {
    const renewedAt = yield* Clock.currentTimeMillis
    if (!(yield* ownership.claim(term))) return undefined
    const release = Effect.ignore(ownership.release(term))
    const held: Opened = { ...loaded, term, renewedAt, sumUpAt: mostEntries }
    // Whoever was before this one finds its next number taken.
    if (!(yield* Effect.onError(append(held, []), () => release))) {
      yield* release
      return undefined
    }
    yield* Effect.ignore(ownership.forget(term))
    return (state = held)
  }, Effect.uninterruptible)

  const open = Effect.gen(function* () {
    yield* provesConditions
    for (let attempt = 0; attempt < attempts; attempt++) {
      const before = yield* ownership.vacancy
      const loaded = yield* load(bucket)
      if (!ownership.isSame(before, yield* ownership.newest)) continue
      const taken = yield* take(loaded, Math.max(before?.term ?? 0, loaded.term) + 1)
      if (taken !== undefined) return taken
    }
    return yield* new TaskStoreError({
      reason: "io",
      detail: `${where}: other processes begin to keep their tasks there at the same time: leave one, or give each a \`tasks.s3.prefix\` of its own`,
    })
  })

  /** With the turn in hand. */
  const opened = Effect.suspend(() =>
    lost !== undefined ? Effect.fail(lost) : state !== undefined ? Effect.succeed(state) : open,
  )

  const summedUp = Effect.fnUntraced(function* (held: Opened) {
    const { entries, logBytes, snapshotBytes, sumUpAt, term } = held
    const isDue = entries >= sumUpAt || logBytes > Math.max(smallLog, snapshotBytes)
    if (!isDue) return
    yield* sumUp(bucket, held, term).pipe(
      Effect.andThen(Effect.sync(() => (held.sumUpAt = mostEntries))),
      Effect.catch((error) => {
        held.sumUpAt = held.entries + entriesBetween
        return Effect.logWarning(
          `the log of tasks was not summed up, so that the next start reads more of it: ${error.message}`,
        )
      }),
    )
  })

  /** All or nothing of it. */
  const store = Effect.fnUntraced(function* (held: Opened, changes: ReadonlyArray<Change>) {
    if (!(yield* append(held, changes))) return yield* (lost = fenced)
    yield* summedUp(held)
  })

  const tooMuch = new TaskStoreError({
    reason: "full",
    detail: `${where}: the tasks and their versions take \`tasks.maxSize\` (${maxBytes} bytes): set a larger one, or remove tasks`,
  })

  const flush = Effect.gen(function* () {
    const batch = pending.splice(0)
    if (batch.length === 0) return
    const exit = yield* Effect.exit(
      Effect.gen(function* () {
        const held = yield* opened
        let { weight } = held.tasks
        const taken = batch.filter(({ change, done }) => {
          const growth = held.tasks.growth(change)
          const fits = growth <= 0 || weight + growth <= maxBytes
          if (fits) weight += growth
          else Deferred.doneUnsafe(done, Effect.fail(tooMuch))
          return fits
        })
        if (taken.length > 0)
          yield* store(
            held,
            taken.map(({ change }) => change),
          )
      }),
    )
    for (const { done } of batch) Deferred.doneUnsafe(done, exit)
  }).pipe(Semaphore.withPermits(turn, 1), Effect.uninterruptible)

  const renewed = Effect.suspend(() => {
    const held = state
    if (held === undefined || lost !== undefined) return Effect.void
    return Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      // Whoever was away for so long may have been followed by another.
      if (now - held.renewedAt >= leaseMillis) {
        const newest = yield* ownership.newest
        if (newest !== undefined && newest.term > held.term) {
          lost = fenced
          return
        }
      }
      yield* ownership.renew(held.term)
      held.renewedAt = now
    })
  })

  let complained = false
  const renewing = Effect.sleep(Duration.millis(leaseMillis / 3)).pipe(
    Effect.andThen(renewed),
    Effect.tap(() => Effect.sync(() => (complained = false))),
    Effect.catch((error) => {
      if (complained) return Effect.void
      complained = true
      return Effect.logWarning(
        `cannot say that this process keeps its tasks there, which another may do therefore: ${error.message}. Trying again`,
      )
    }),
    Effect.forever,
  )

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() =>
      state === undefined || lost !== undefined ? Effect.void : ownership.release(state.term),
    ).pipe(Semaphore.withPermits(turn, 1), Effect.timeout("5 seconds"), Effect.ignore),
  )
  yield* Effect.forkScoped(renewing)

  return {
    read: (look) =>
      Effect.suspend(() =>
        state !== undefined && lost === undefined
          ? Effect.succeed(state)
          : Semaphore.withPermits(turn, 1)(opened),
      ).pipe(Effect.map(({ tasks }) => look(tasks.held))),
    write: (change) =>
      Effect.suspend(() => {
        const done = Deferred.makeUnsafe<void, TaskStoreError>()
        pending.push({ change, done })
        // Whoever comes first writes for all who wait.
        return Effect.andThen(flush, Deferred.await(done))
      }).pipe(Effect.uninterruptible),
    removeSome: (find) =>
      Effect.gen(function* () {
        const held = yield* opened
        const ids = find(held.tasks.held)
        if (ids.length > 0) yield* store(held, [{ kind: "remove", ids }])
        return ids.length
      }).pipe(Semaphore.withPermits(turn, 1), Effect.uninterruptible),
  }
})
