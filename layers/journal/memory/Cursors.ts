import type { CursorStatus, JournalBatch, Position } from "../../../services/Journal.ts"
import { JournalError } from "../../../services/Journal.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import { giveBack } from "../../../src/domain/Slab.ts"
import { Holding } from "../Holding.ts"
import { payloadOf } from "../Part.ts"
import { RetainedLog } from "../RetainedLog.ts"

interface Cursor {
  readonly name: string
  readonly began: Position
  committed: Position
  reader: OpenReader | undefined
}

/** A cursor's reader. Of a closed one, or of a forgotten cursor, nothing works any more. */
export interface OpenReader {
  readonly cursor: Cursor
  /** Where the next `take` begins. */
  read: Position
  readonly holding: Holding
}

export const unknownCursor = (detail: string): JournalError =>
  new JournalError({ reason: "unknown_cursor", detail })

/** The retained log and who still has to read it: pure state, no waiting. */
export class Cursors {
  readonly log = new RetainedLog()
  private readonly cursors = new Map<string, Cursor>()

  /** Keeps a batch for the cursors, or only counts it when there is none: whoever else looks at it has done so. */
  put(envelopes: ReadonlyArray<Envelope>): void {
    if (this.cursors.size > 0) return this.log.append(envelopes, payloadOf(envelopes))
    this.log.pass(envelopes.length)
    giveBack(envelopes)
  }

  open(name: string, from: "earliest" | "latest"): OpenReader | JournalError {
    const began = from === "earliest" ? this.log.first : this.log.end
    const cursor = this.cursors.get(name) ?? { name, began, committed: began, reader: undefined }
    if (cursor.reader !== undefined) return unknownCursor(`"${name}" already has a reader`)
    this.cursors.set(name, cursor)
    cursor.reader = { cursor, read: cursor.committed, holding: new Holding() }
    return cursor.reader
  }

  close(reader: OpenReader): void {
    if (reader.cursor.reader === reader) reader.cursor.reader = undefined
  }

  forget(name: string): void {
    const cursor = this.cursors.get(name)
    if (cursor === undefined) return
    cursor.reader = undefined
    this.cursors.delete(name)
    this.release()
  }

  /** Why the reader cannot be used, or `undefined`. */
  objection(reader: OpenReader): JournalError | undefined {
    if (reader.cursor.reader === reader) return undefined
    const { name } = reader.cursor
    return unknownCursor(
      this.cursors.get(name) === reader.cursor
        ? `the reader of "${name}" has been closed`
        : `"${name}" has been forgotten`,
    )
  }

  /** Whether a `take` would not wait. */
  canTake(reader: OpenReader): boolean {
    return reader.cursor.reader !== reader || reader.read < this.log.end
  }

  /** `undefined`: there is nothing. */
  take(reader: OpenReader, maxItems: number, maxBytes: number): JournalBatch | undefined {
    if (reader.read >= this.log.end) return undefined
    const { envelopes, payload } = this.log.slice(reader.read, maxItems, maxBytes, reader.holding)
    reader.read += envelopes.length
    return { envelopes, payload, next: reader.read }
  }

  commit(reader: OpenReader, position: Position): JournalError | undefined {
    const { cursor } = reader
    if (position > this.log.end)
      return unknownCursor(`"${cursor.name}" cannot commit ${position}: only ${this.log.end} were accepted`)
    if (position <= cursor.committed) return undefined
    cursor.committed = position
    if (reader.read < position) reader.read = position
    reader.holding.release(position)
    this.release()
    return undefined
  }

  seek(reader: OpenReader, position: Position): JournalError | undefined {
    const { committed, name } = reader.cursor
    if (position >= committed && position <= this.log.end) {
      reader.read = position
      reader.holding.forsake()
      return undefined
    }
    return unknownCursor(
      `"${name}" cannot go to ${position}: it may be between ${committed} and ${this.log.end}`,
    )
  }

  status(): ReadonlyArray<CursorStatus> {
    return Array.from(this.cursors.values(), ({ name, committed, began }) => ({
      name,
      position: committed,
      began,
      waiting: this.log.end - committed,
      waitingBytes: this.log.bytesFrom(committed),
    }))
  }

  /** Lets go of what no cursor needs any more. */
  private release(): void {
    let least = this.log.end
    for (const { committed } of this.cursors.values()) if (committed < least) least = committed
    this.log.release(least)
  }
}
