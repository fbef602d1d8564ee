import { Effect } from "effect"
import { TaskStoreError } from "../../../services/TaskStore.ts"
import type { HeldTask } from "../HeldTasks.ts"
import type { Bucket } from "./Bucket.ts"
import { type Change, WeighedTasks } from "./Changes.ts"
import { numbered, numberOf } from "./Ownership.ts"
import { layout, pack, unpack } from "./Packing.ts"

/**
 * The objects: `log/<n>` holds what was changed by the n-th write, `snapshots/<n>` all that there was after it. A log
 * object is there whole or not at all, and is never written again.
 */
export const logKey = (sequence: number): string => `log/${numbered(sequence)}`
const snapshotKey = (sequence: number): string => `snapshots/${numbered(sequence)}`

/** Lines that are packed at once. */
const together = 500

const atOnce = { concurrency: 16 } as const

export interface EntryHead {
  readonly layout: number
  /** That of the process which wrote it. */
  readonly term: number
  readonly writer: string
  /** Which of its writes it is. */
  readonly write: number
}

interface SnapshotHead {
  readonly layout: number
  readonly term: number
  readonly tasks: number
}

export interface Loaded {
  readonly tasks: WeighedTasks
  /** Of the last write; 0: there was none. */
  sequence: number
  /** The highest that wrote. */
  readonly term: number
  /** Since the snapshot. */
  entries: number
  logBytes: number
  snapshotBytes: number
}

export const packEntry = (head: Omit<EntryHead, "layout">, changes: ReadonlyArray<Change>) =>
  pack([[{ layout, ...head }, ...changes].map((each) => JSON.stringify(each)).join("\n")])

export const unpackEntry = (place: string, packed: Uint8Array) =>
  Effect.map(unpack(place, packed), ([head, ...changes]) => ({
    head: head as EntryHead,
    changes: changes as ReadonlyArray<Change>,
  }))

const missing = ({ where }: Bucket, key: string) =>
  new TaskStoreError({
    reason: "unreadable",
    detail: `${where}: its object ${key} is missing, so that nothing after it can be read: bring it back, or set another \`tasks.s3.prefix\``,
  })

const loadOnce = Effect.fnUntraced(function* (bucket: Bucket): Effect.fn.Return<Loaded, TaskStoreError> {
  const tasks = new WeighedTasks()
  let sequence = 0
  let term = 0
  let snapshotBytes = 0
  const newest = (yield* bucket.list("snapshots/")).objects.at(-1)
  if (newest !== undefined) {
    const { key } = newest
    const packed = yield* bucket.read(key)
    if (packed === undefined) return yield* missing(bucket, key)
    const [head, ...rows] = yield* unpack(`${bucket.where}${key}`, packed)
    for (const row of rows) tasks.put(row as HeldTask)
    ;({ term } = head as SnapshotHead)
    sequence = numberOf(key)
    snapshotBytes = packed.length
  }
  const first = sequence
  const keys = (yield* bucket.list("log/")).objects
    .map(({ key }) => key)
    .filter((key) => numberOf(key) > first)
  const gap = keys.findIndex((key, index) => numberOf(key) !== first + 1 + index)
  if (gap !== -1) return yield* missing(bucket, logKey(first + 1 + gap))
  const entries = yield* Effect.forEach(keys, bucket.read, atOnce)
  let logBytes = 0
  for (const [index, packed] of entries.entries()) {
    const key = keys[index]!
    if (packed === undefined) return yield* missing(bucket, key)
    const { changes, head } = yield* unpackEntry(`${bucket.where}${key}`, packed)
    for (const change of changes) tasks.apply(change)
    term = Math.max(term, head.term)
    sequence = numberOf(key)
    logBytes += packed.length
  }
  return { tasks, sequence, term, entries: keys.length, logBytes, snapshotBytes }
})

/** All that is kept. An object that goes away meanwhile has been summed up in a snapshot, if it is not missing. */
export const load = (bucket: Bucket): Effect.Effect<Loaded, TaskStoreError> =>
  Effect.retry(loadOnce(bucket), {
    times: 2,
    while: ({ detail, reason }) => reason === "unreadable" && detail.includes(" is missing"),
  })

function* linesOf(head: SnapshotHead, rows: ReadonlyArray<HeldTask>): Generator<string> {
  yield `${JSON.stringify(head)}\n`
  for (let from = 0; from < rows.length; from += together)
    yield rows
      .slice(from, from + together)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join("")
}

/**
 * Sums the log up, so that there is little to read at the next start. Whatever of it is done when the process dies: the
 * snapshot is there whole or not at all, and what it holds is not read twice.
 */
export const sumUp = Effect.fnUntraced(function* (bucket: Bucket, loaded: Loaded, term: number) {
  const { sequence } = loaded
  const rows = loaded.tasks.held.all()
  const packed = yield* pack(linesOf({ layout, term, tasks: rows.length }, rows))
  yield* bucket.write(snapshotKey(sequence), packed)
  loaded.entries = 0
  loaded.logBytes = 0
  loaded.snapshotBytes = packed.length
  const { objects: log } = yield* bucket.list("log/")
  const { objects: snapshots } = yield* bucket.list("snapshots/")
  const old = [
    ...log.filter(({ key }) => numberOf(key) <= sequence),
    ...snapshots.filter(({ key }) => numberOf(key) < sequence),
  ]
  yield* Effect.forEach(old, ({ key }) => bucket.remove(key), { ...atOnce, discard: true })
})
