import { Context, type Effect, type Option, Schema } from "effect"
import type { Position } from "./Journal.ts"

/**
 * Where a letter comes from: a frame or an answer that no decoder could use, an object that was handed in as a record and
 * is none, a message that a trigger's plugin failed over too often, or a record that a sink refused.
 */
export const letterStages = ["decode", "intake", "trigger", "sink"] as const

export type LetterStage = (typeof letterStages)[number]

/** What could go no further, with its bytes and everything that is known about why. */
export interface LetterDraft {
  readonly stage: LetterStage
  readonly venue: string
  /** Stage `sink`: which one refused it. */
  readonly sink?: string
  /** Stage `decode`: what it came in on. Stage `intake`: the task or plugin that handed it in. Stage `trigger`, whose `venue` is the trigger: the message's subject. */
  readonly connection?: string
  /** Stage `decode`: the route of that connection, where known. */
  readonly route?: string
  /** Of a record, and of a book's snapshot: the stream's key. A frame has none. */
  readonly stream?: string
  /** Stage `sink`: the record's position in the journal. */
  readonly position?: Position
  /** One of a closed list: why. */
  readonly reason: string
  /** What exactly was wrong, for a person. */
  readonly detail: string
  /** The stack of what was thrown, where something was. */
  readonly cause?: string
  /** How often it was tried. */
  readonly attempts: number
  /** When it left the socket: milliseconds, microseconds as the fraction. */
  readonly receivedAt: number
  /** The frame as it came off the wire, or the record as the sink was given it. */
  readonly bytes: Uint8Array
}

/** A letter in the store. */
export interface Letter extends LetterDraft {
  /** From 1, in the order in which letters were put here; never given twice. */
  readonly sequence: number
  /** When it was put here: clock milliseconds. */
  readonly at: number
}

export interface LetterFilter {
  readonly stage?: LetterStage | undefined
  readonly venue?: string | undefined
  readonly sink?: string | undefined
  readonly reason?: string | undefined
}

export interface LetterQuery extends LetterFilter {
  readonly order: "newest" | "oldest"
  /** Only letters past this sequence number, in that order: what the page before gave as `next`. */
  readonly cursor?: number | undefined
  /** Letters in the page at most. */
  readonly limit: number
}

export interface LetterPage {
  readonly letters: ReadonlyArray<Letter>
  /** Where the next page begins; absent where this is the last. */
  readonly next?: number
  /** Lines among those read that hold no letter: torn by a crash, or damaged. */
  readonly damaged: number
}

/** What the store holds. */
export interface DeadLettersStatus {
  readonly letters: number
  readonly bytes: number
  /** Letters that gave way to newer ones, or to time, since the store was opened. */
  readonly evicted: number
}

/** How much a store keeps. What is oldest goes first. */
export interface DeadLettersLimits {
  readonly maxBytes: number
  readonly maxLetters: number
  readonly retentionMillis: number
}

/** Letters that a store keeps at most, unless told otherwise. */
export const defaultMaxLetters = 1_000_000

/** Dead letters could not be kept, or not be read. It passes: the same call may be made again. */
export class DeadLettersError extends Schema.TaggedError<DeadLettersError>()("DeadLettersError", {
  path: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return `dead letters in ${this.path}: ${this.detail}`
  }
}

/**
 * Keeps what could go no further, so that a person can look at it and it can be tried again. Bounded by bytes, by count
 * and by time; what gives way is counted.
 */
export class DeadLetters extends Context.Service<
  DeadLetters,
  {
    /**
     * Takes letters, in order. Durable when it completes, where the store outlives the process at all. All or nothing:
     * after a failure none of them is there, and they may be put again. Not interruptible.
     */
    readonly put: (letters: ReadonlyArray<LetterDraft>) => Effect.Effect<void, DeadLettersError>
    /** A page of letters; what a writer adds meanwhile may or may not be seen. */
    readonly list: (query: LetterQuery) => Effect.Effect<LetterPage, DeadLettersError>
    readonly get: (sequence: number) => Effect.Effect<Option.Option<Letter>, DeadLettersError>
    readonly status: Effect.Effect<DeadLettersStatus, DeadLettersError>
  }
>()("millrace/services/DeadLetters") {}

export const matches = (filter: LetterFilter, letter: LetterDraft): boolean =>
  (filter.stage === undefined || filter.stage === letter.stage) &&
  (filter.venue === undefined || filter.venue === letter.venue) &&
  (filter.sink === undefined || filter.sink === letter.sink) &&
  (filter.reason === undefined || filter.reason === letter.reason)

/** Whether a sequence number lies past a query's cursor. */
export const isPast = ({ order, cursor }: LetterQuery, sequence: number): boolean =>
  cursor === undefined || (order === "newest" ? sequence < cursor : sequence > cursor)
