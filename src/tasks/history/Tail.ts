import { Effect, type Scope } from "effect"
import {
  type Journal,
  type JournalError,
  type JournalReader,
  runCursorPrefix,
} from "../../../services/Journal.ts"
import type { Envelope } from "../../domain/Envelope.ts"
import { intakeRoute, recordId } from "../../domain/Stream.ts"
import type { TaskCheckpoint } from "../../domain/Task.ts"

/** A task's cursor keeps what was accepted since its last checkpoint, also when every sink has it. */
export const taskCursor = (taskId: string): string => runCursorPrefix + taskId

/**
 * What the journal accepted of a task after its last checkpoint: rows that a killed process had handed in and could not
 * note any more. They are left out when they come again.
 */
export interface Tail {
  readonly has: (id: string) => boolean
  /** A checkpoint now says that these were had. */
  readonly covered: (ids: Iterable<string>) => void
  /** Nothing of the task is in the journal that no checkpoint has: what is there need not be kept for it. */
  readonly advance: Effect.Effect<void>
  /** Where to look from, for a checkpoint that is written when the journal's end is this. */
  readonly position: (end: number) => number
  /** The task has come to rest: the cursor goes, unless something in the journal is known to it alone. */
  readonly close: (isCertain: boolean) => Effect.Effect<void>
}

const batchItems = 4096
const batchBytes = 8 << 20

/** In memory nothing outlives the process that no checkpoint has: there is no process to come back. */
const nothing: Tail = {
  has: () => false,
  covered: () => {},
  advance: Effect.void,
  position: (end) => end,
  close: () => Effect.void,
}

const readUpTo = Effect.fnUntraced(function* (
  reader: JournalReader,
  from: number,
  end: number,
  visit: (envelope: Envelope) => void,
) {
  yield* reader.seek(from)
  for (let at = from; at < end;) {
    const { envelopes, next } = yield* reader.take(batchItems, batchBytes)
    envelopes.forEach(visit)
    at = next
  }
})

/** `streams`: the keys of those whose rows the task brings. The scope holds the journal's reader. */
export const openTail = Effect.fn("History.tail")(function* (
  journal: Journal["Service"],
  taskId: string,
  checkpoint: TaskCheckpoint | undefined,
  streams: ReadonlySet<string>,
): Effect.fn.Return<Tail, JournalError, Scope.Scope> {
  if (!journal.identity.durable) return nothing
  const name = taskCursor(taskId)
  const { accepted: end, cursors } = yield* journal.status
  const isKnown = cursors.some((cursor) => cursor.name === name)
  const isOfThisJournal = checkpoint?.journal === journal.identity.id
  const reader = yield* journal.reader(name, checkpoint === undefined ? "latest" : "earliest")
  const from = isOfThisJournal
    ? Math.min(Math.max(reader.start, checkpoint.journalPosition), end)
    : reader.start
  const left = new Set<string>()
  // A new task has nothing there.
  if (isKnown || checkpoint !== undefined)
    yield* readUpTo(reader, from, end, ({ key, stream, type }) => {
      if (stream.route === intakeRoute && streams.has(stream.key)) left.add(recordId(stream, type, key))
    })
  const advance = Effect.gen(function* () {
    if (left.size > 0) return
    yield* reader.commit((yield* journal.status).accepted)
  }).pipe(
    // It only keeps more than it needs.
    Effect.ignore,
  )
  return {
    has: (id) => left.has(id),
    covered: (ids) => {
      for (const id of ids) left.delete(id)
    },
    advance,
    position: (now) => (left.size > 0 ? from : now),
    close: (isCertain) => (isCertain && left.size === 0 ? Effect.ignore(journal.forget(name)) : Effect.void),
  }
})
