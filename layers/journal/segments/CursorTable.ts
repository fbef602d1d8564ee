import { type CursorStatus, JournalError, type Position } from "../../../services/Journal.ts"
import { Holding } from "../Holding.ts"

interface Cursor {
  readonly name: string
  readonly began: Position
  position: Position
  reader: OpenReader | undefined
  /** No sink of the configuration has its name. */
  readonly orphan: boolean
}

/** A cursor's reader. Of a closed one, or of a forgotten cursor, nothing works any more. */
export interface OpenReader {
  readonly cursor: Cursor
  /** Where the next `take` begins. */
  read: Position
  readonly holding: Holding
}

/** What of a cursor is stored. */
export type StoredCursor = Pick<Cursor, "name" | "position" | "began">

const unknownCursor = (detail: string): JournalError => new JournalError({ reason: "unknown_cursor", detail })

/** The cursors and their readers: pure state. */
export class CursorTable {
  private readonly cursors = new Map<string, Cursor>()
  /** Sinks that have no cursor yet: until they begin, everything is kept, so that `earliest` means something. */
  private readonly awaited: Set<string>

  /** `sinks`: the names that the configuration has; where it is not given every cursor is a sink's. */
  constructor(stored: ReadonlyArray<StoredCursor>, sinks: ReadonlyArray<string> | undefined) {
    for (const { name, position, began } of stored) {
      const orphan = sinks !== undefined && !sinks.includes(name)
      this.cursors.set(name, { name, position, began, reader: undefined, orphan })
    }
    this.awaited = new Set(sinks?.filter((name) => !this.cursors.has(name)))
  }

  /** The cursor's reader, or why there is none. A new cursor begins at `began`. */
  open(name: string, began: Position): OpenReader | JournalError {
    const known = this.cursors.get(name)
    if (known?.reader !== undefined) return unknownCursor(`"${name}" already has a reader`)
    const cursor: Cursor = {
      name,
      began: known?.began ?? began,
      position: known?.position ?? began,
      reader: undefined,
      orphan: false,
    }
    this.cursors.set(name, cursor)
    this.awaited.delete(name)
    cursor.reader = { cursor, read: cursor.position, holding: new Holding() }
    return cursor.reader
  }

  has(name: string): boolean {
    return this.cursors.has(name)
  }

  close(reader: OpenReader): void {
    if (reader.cursor.reader === reader) reader.cursor.reader = undefined
  }

  forget(name: string): boolean {
    const cursor = this.cursors.get(name)
    if (cursor === undefined) return false
    cursor.reader = undefined
    return this.cursors.delete(name)
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

  commit(reader: OpenReader, position: Position, accepted: Position): JournalError | undefined {
    const { cursor } = reader
    if (position > accepted)
      return unknownCursor(`"${cursor.name}" cannot commit ${position}: only ${accepted} were accepted`)
    cursor.position = Math.max(cursor.position, position)
    reader.read = Math.max(reader.read, cursor.position)
    reader.holding.release(position)
    return undefined
  }

  seek(reader: OpenReader, position: Position, accepted: Position): JournalError | undefined {
    const { position: committed, name } = reader.cursor
    if (position < committed || position > accepted)
      return unknownCursor(
        `"${name}" cannot go to ${position}: it may be between ${committed} and ${accepted}`,
      )
    reader.read = position
    reader.holding.forsake()
    return undefined
  }

  get stored(): ReadonlyArray<StoredCursor> {
    return Array.from(this.cursors.values(), ({ name, position, began }) => ({ name, position, began }))
  }

  get orphans(): ReadonlyArray<string> {
    return Array.from(this.cursors.values()).flatMap(({ name, orphan }) => (orphan ? [name] : []))
  }

  /** Whether anyone reads: what is accepted need not be kept in memory for nobody. */
  get isRead(): boolean {
    for (const { reader } of this.cursors.values()) if (reader !== undefined) return true
    return false
  }

  /** The least position that a cursor stands at, of those with a sink or of all; `end` when there is none. */
  least(end: Position, which: "sinks" | "all"): Position {
    let least = this.awaited.size > 0 ? 0 : end
    for (const { position, orphan } of this.cursors.values())
      if (position < least && (which === "all" || !orphan)) least = position
    return least
  }

  /** Everything before it was taken by every reader there is. */
  leastRead(end: Position): Position {
    let least = end
    for (const { reader } of this.cursors.values())
      if (reader !== undefined && reader.read < least) least = reader.read
    return least
  }

  status(accepted: Position, bytesFrom: (position: Position) => number): ReadonlyArray<CursorStatus> {
    return Array.from(this.cursors.values(), ({ name, position, began }) => ({
      name,
      position,
      began,
      waiting: accepted - position,
      waitingBytes: bytesFrom(position),
    }))
  }
}
