import type { FileSystem, PlatformError } from "effect"
import type { JournalIdentity, Position } from "../../../services/Journal.ts"
import type { SinkError } from "../../../services/Sink.ts"
import type { OpenDirect } from "../../support/DirectFile.ts"
import type { Marks } from "./Marks.ts"

/** Where the files are and how its failures are told. */
export interface FilesPlace {
  readonly fs: FileSystem.FileSystem
  readonly folder: string
  readonly openDirect: OpenDirect
  readonly failure: (error: PlatformError.PlatformError) => SinkError
}

/** What is in the files, as this process knows it. Outlives a writer that failed. */
export interface FilesState {
  readonly journal: JournalIdentity
  readonly marks: Marks
  /** Everything before it is written. */
  position: Position
  /** The lengths that go with `position`, of every file written to lately. */
  readonly lengths: Map<string, number>
  /** Files that a failed batch may have written to, beyond their lengths. */
  readonly suspect: Set<string>
  /** Written to since the last sync; followed only where the journal is durable. */
  dirty: Set<string>
  /** A sync failed: what was written since the mark on disk may be lost, and is written again. */
  untrusted: boolean
  /** When each was last written to, in clock milliseconds. */
  readonly touched: Map<string, number>
  /** No longer followed, and to leave the mark. */
  readonly gone: Set<string>
}

export const makeState = (
  journal: JournalIdentity,
  marks: Marks,
  position: Position,
  lengths: Map<string, number>,
): FilesState => ({
  journal,
  marks,
  position,
  lengths,
  suspect: new Set(),
  dirty: new Set(),
  untrusted: false,
  touched: new Map(),
  gone: new Set(),
})
