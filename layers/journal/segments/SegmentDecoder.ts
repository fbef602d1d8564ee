import type { Position } from "../../../services/Journal.ts"
import type { Envelope } from "../../../src/domain/Envelope.ts"
import type { Definition, Definitions } from "./Definitions.ts"
import {
  definitionBytes,
  envelopeBytes,
  formatVersion,
  frameAt,
  frameKind,
  headBytes,
  incomplete,
  kindAt,
  nextMark,
  positionAt,
  versionAt,
} from "./Frame.ts"

/** Envelopes without a hole between them. */
export interface Run {
  readonly first: Position
  readonly envelopes: Array<Envelope>
}

/** Bytes of a segment that are no valid frames, or a jump in its positions. */
export interface Flaw {
  readonly offset: number
  readonly bytes: number
  /** Envelopes from `from` to before `to` are lost by it. */
  readonly from: Position
  readonly to: Position
}

export interface Decoded {
  readonly runs: ReadonlyArray<Run>
  readonly flaws: ReadonlyArray<Flaw>
  /** Bytes that are done with: the next call begins behind them. 0 when not even one frame is whole. */
  readonly consumed: number
}

/** What a segment's envelopes refer to, by reference. Shared by all who read the segment. */
export type DefinitionTable = Array<Definition | undefined>

/**
 * Reads a segment from one of its frames on, piece by piece. What is not valid is skipped up to the next valid frame, and
 * reported: it never hides what comes after it.
 */
export class SegmentDecoder {
  /** The position after the last envelope seen. */
  expected: Position
  /** Everything before it is known to have been synced. */
  trusted: Position
  /** Where the last frame ends that is known to have been synced. */
  trustedEnd = 0
  /** Where the last valid frame ends. */
  validEnd = 0
  /** Whether the last valid frame closes the segment. */
  closed = false
  checkpoint: { readonly position: Position; readonly bytes: Buffer } | undefined
  /** A valid frame of a later format: the version. */
  later: number | undefined
  private badFrom = -1
  private readonly accepted: Position
  private readonly table: DefinitionTable
  private readonly definitions: Definitions

  constructor(options: {
    /** The position that the first envelope must have. */
    readonly first: Position
    /** Everything before it is known from elsewhere to have been accepted. */
    readonly accepted?: Position
    readonly table: DefinitionTable
    readonly definitions: Definitions
  }) {
    this.expected = options.first
    this.trusted = options.first
    this.accepted = options.accepted ?? 0
    this.table = options.table
    this.definitions = options.definitions
  }

  /** `bytes` begin at `offset` of the segment, behind what was consumed before; `last`: nothing follows them. */
  decode(bytes: Buffer, offset: number, last: boolean): Decoded {
    const runs: Array<Run> = []
    const flaws: Array<Flaw> = []
    const end = bytes.length
    let at = 0
    while (at < end) {
      const length = frameAt(bytes, at, end)
      if (length === incomplete && !last) break
      if (length > 0) {
        this.frame(bytes, at, length, offset, runs, flaws)
        at += length
        continue
      }
      if (this.badFrom < 0) this.badFrom = offset + at
      at = nextMark(bytes, at + 1, end)
    }
    if (last && this.badFrom >= 0) {
      flaws.push({
        offset: this.badFrom,
        bytes: offset + end - this.badFrom,
        from: this.expected,
        to: this.expected,
      })
      this.badFrom = -1
    }
    return { runs, flaws, consumed: at }
  }

  private frame(
    bytes: Buffer,
    at: number,
    length: number,
    offset: number,
    runs: Array<Run>,
    flaws: Array<Flaw>,
  ): void {
    if (versionAt(bytes, at) > formatVersion) {
      this.later = versionAt(bytes, at)
      if (this.badFrom < 0) this.badFrom = offset + at
      return
    }
    const kind = kindAt(bytes, at)
    const position = positionAt(bytes, at)
    if (kind === frameKind.envelope) {
      if (position >= this.expected) {
        this.endFlaw(offset + at, position, flaws)
        this.add(runs, position, this.envelope(bytes, at, length))
        if (position < this.accepted) this.trust(position + 1, offset + at + length)
      }
    } else if (kind === frameKind.synced || kind === frameKind.footer) {
      // Both say how far the envelopes before them went.
      this.endFlaw(offset + at, Math.max(this.expected, position), flaws)
      this.expected = Math.max(this.expected, position)
      this.trust(position, offset + at + (kind === frameKind.footer ? length : 0))
    } else this.aside(kind, bytes, at, length, position)
    this.closed = kind === frameKind.footer
    this.validEnd = offset + at + length
  }

  private trust(position: Position, end: number): void {
    this.trusted = Math.max(this.trusted, position)
    this.trustedEnd = Math.max(this.trustedEnd, end)
  }

  private aside(kind: number, bytes: Buffer, at: number, length: number, position: Position): void {
    if (kind === frameKind.definition) {
      const reference = bytes.readUInt32LE(at + headBytes)
      this.table[reference] ??= this.definitions.read(
        bytes.toString("utf8", at + definitionBytes, at + length),
      )
    } else if (kind === frameKind.checkpoint) {
      this.checkpoint = { position, bytes: Buffer.from(bytes.subarray(at + headBytes, at + length)) }
    }
  }

  /** A valid frame begins at `offset`: ends a flaw before it, if there is one, or makes one of a jump. */
  private endFlaw(offset: number, position: Position, flaws: Array<Flaw>): void {
    if (this.badFrom < 0 && position === this.expected) return
    const from = this.badFrom < 0 ? offset : this.badFrom
    flaws.push({ offset: from, bytes: offset - from, from: this.expected, to: position })
    this.badFrom = -1
  }

  private add(runs: Array<Run>, position: Position, envelope: Envelope): void {
    const run = runs.at(-1)
    if (run !== undefined && run.first + run.envelopes.length === position) run.envelopes.push(envelope)
    else runs.push({ first: position, envelopes: [envelope] })
    this.expected = position + 1
  }

  private envelope(bytes: Buffer, at: number, length: number): Envelope {
    const reference = bytes.readUInt32LE(at + 48)
    const start = at + envelopeBytes + bytes.readUInt32LE(at + 52)
    const end = at + length - 1
    const known = this.table[reference]
    const { stream, type, source } = known ?? this.definitions.derive(bytes.toString("utf8", start, end))
    return {
      stream,
      type,
      key: bytes.toString("utf8", at + envelopeBytes, start),
      timestamp: bytes.readDoubleLE(at + 32),
      receivedAt: bytes.readDoubleLE(at + 40),
      source,
      bytes,
      start,
      end,
    }
  }
}
