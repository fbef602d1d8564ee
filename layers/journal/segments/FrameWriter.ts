import { crc32 } from "node:zlib"
import { type Envelope, recordSchemaVersion } from "../../../src/domain/Envelope.ts"
import type { Stream } from "../../../src/domain/Stream.ts"
import { WrittenRecord } from "../../../src/domain/WrittenRecord.ts"
import type { Position } from "../../../services/Journal.ts"
import type { Definition, Definitions } from "./Definitions.ts"
import { blockBytes, largeBytes } from "../../support/DirectFile.ts"
import { definitionBytes, envelopeBytes, formatVersion, frameKind, frameMark, headBytes } from "./Frame.ts"
import { type FrameRoom, frameRoom, largeFrameRoom } from "./FrameRoom.ts"
import { groupBytes } from "./Held.ts"
import type { RecordRun } from "./RecordRun.ts"
import type { DefinitionTable } from "./SegmentDecoder.ts"

/** A stream's envelopes nearly all are of one type and source. */
interface References {
  readonly type: Envelope["type"]
  readonly source: Envelope["source"]
  readonly reference: number
  readonly others: Array<References>
}

/** Room for large groups, up to what one usually holds at most; made when the first comes, and kept. */
const largeCapacity = groupBytes + 512 * 1024

/**
 * Lays frames one behind the other in a buffer that is used again: what a group commit writes, in one piece. Knows
 * which definitions the current segment has.
 */
export class FrameWriter {
  private readonly definitions: Definitions
  private readonly largeGroup: number
  private usual: FrameRoom
  private room: FrameRoom
  private start = 0
  private at = 0
  /** Envelopes from here on have no checksum yet. */
  private unsealed = 0
  private references = new Map<Stream, References>()
  /** Of the last envelope. */
  private stream: Stream | undefined
  private known: References | undefined
  private table: DefinitionTable = []

  /** `largeGroup`: in bytes, from where on a group is laid in aligned memory. */
  constructor(definitions: Definitions, largeGroup = largeBytes) {
    this.definitions = definitions
    this.largeGroup = largeGroup
    this.usual = frameRoom(largeGroup)
    this.room = this.usual
  }

  /** What was laid since the last `clear`. Valid until then. */
  get bytes(): Buffer {
    this.room.seal(this.unsealed, this.at)
    this.unsealed = this.at
    return this.room.buffer.subarray(this.start, this.at)
  }

  get length(): number {
    return this.at - this.start
  }

  /**
   * Whether it is a large group: each byte lies at the place in a block of memory at which it will lie in a block of the
   * file, and a frame without meaning is laid behind it up to the block's end.
   */
  endBlock(): boolean {
    if (!this.room.aligned || this.length <= this.largeGroup) return false
    const left = (blockBytes - (this.at % blockBytes)) % blockBytes
    const filling = left - headBytes + (left < headBytes ? blockBytes : 0)
    if (left > 0) this.small(frameKind.padding, 0, Buffer.alloc(filling))
    return this.room.aligned
  }

  /** What is laid next will stand at `position` of its file. */
  clear(position: number): void {
    this.room = this.usual
    this.start = position % blockBytes
    this.at = this.unsealed = this.start
  }

  /** A new segment has no definitions; those that it gets are put into `table` too. */
  beginSegment(table: DefinitionTable): void {
    this.references = new Map()
    this.stream = undefined
    this.table = table
  }

  header(position: Position, about: { readonly journal: string; readonly segment: number }): void {
    this.small(frameKind.header, position, Buffer.from(JSON.stringify(about)))
  }

  checkpoint(position: Position, bytes: Uint8Array): void {
    this.small(frameKind.checkpoint, position, bytes)
  }

  synced(position: Position): void {
    this.small(frameKind.synced, position, noBytes)
  }

  footer(position: Position): void {
    this.small(frameKind.footer, position, noBytes)
  }

  /** All of a batch, the first at `position`. */
  envelopes(envelopes: ReadonlyArray<Envelope>, position: Position): void {
    for (let index = 0; index < envelopes.length;) {
      const { run } = this.room
      const end = run === undefined ? index : this.layRun(run, envelopes, index, position + index)
      if (end === index) this.envelope(envelopes[index]!, position + index)
      index = Math.max(index + 1, end)
    }
  }

  /**
   * Lays the run that begins with the record at `from`, which stands at `position`; definitions before all of it. Gives
   * where it ends, which is where it begins if it is none, or has no room where it can be laid so.
   */
  private layRun(
    run: RecordRun,
    envelopes: ReadonlyArray<Envelope>,
    from: number,
    position: Position,
  ): number {
    const first = envelopes[from]!
    if (!run.begin(first)) return from
    let index = from
    for (; index < envelopes.length; index++) {
      const next = envelopes[index]!
      if (!run.goesOn(next)) break
      run.add(next, this.referenceOf(next, position))
    }
    if (index - from < 2) return from
    // Each key is a part of its payload.
    this.ensure((index - from) * envelopeBytes + 2 * run.length)
    if (this.room.run !== run) return from
    this.room.seal(this.unsealed, this.at)
    this.at = this.unsealed = run.lay(this.at, position)
    return index
  }

  /** Of its definition, which is laid first where the segment has none yet. */
  private referenceOf(envelope: Envelope, position: Position): number {
    const { stream } = envelope
    if (stream !== this.stream) {
      this.stream = stream
      this.known = this.references.get(stream)
    }
    const { known } = this
    if (known !== undefined && known.type === envelope.type && known.source === envelope.source)
      return known.reference
    const reference = this.refer(envelope, position)
    this.known = this.references.get(stream)
    return reference
  }

  private envelope(envelope: Envelope, position: Position): void {
    const reference = this.referenceOf(envelope, position)
    this.ensure(envelopeBytes + keyBound(envelope) + (envelope.end + 1 - envelope.start))
    const { at } = this
    const { buffer, view } = this.room
    const { bytes, start } = envelope
    const keyBytes =
      envelope instanceof WrittenRecord
        ? copyKey(buffer, envelope, at + envelopeBytes)
        : writeKey(buffer, envelope.key, at + envelopeBytes)
    const payload = at + envelopeBytes + keyBytes
    this.at = payload + bytes.copy(buffer, payload, start, envelope.end + 1)
    head(view, at, frameKind.envelope, position, this.at)
    view.setFloat64(at + 32, envelope.timestamp, true)
    view.setFloat64(at + 40, envelope.receivedAt, true)
    view.setUint32(at + 48, reference, true)
    view.setUint32(at + 52, keyBytes, true)
  }

  private refer(envelope: Envelope, position: Position): number {
    const { stream, type, source } = envelope
    const known = this.references.get(stream)
    const other = known?.others.find((each) => each.type === type && each.source === source)
    if (other !== undefined) return other.reference
    const made: References = { type, source, reference: this.table.length, others: [] }
    this.table.push({ stream, type, source })
    if (known === undefined) this.references.set(stream, made)
    else known.others.push(made)
    this.definition({ stream, type, source }, made.reference, position)
    return made.reference
  }

  private definition(definition: Definition, reference: number, position: Position): void {
    const text = Buffer.from(this.definitions.write(definition))
    this.ensure(definitionBytes + text.length)
    this.room.view.setUint32(this.at + headBytes, reference, true)
    text.copy(this.room.buffer, this.at + definitionBytes)
    this.seal(frameKind.definition, position, this.at + definitionBytes + text.length)
  }

  private small(kind: number, position: Position, body: Uint8Array): void {
    this.ensure(headBytes + body.length)
    this.room.buffer.set(body, this.at + headBytes)
    this.seal(kind, position, this.at + headBytes + body.length)
  }

  /** Fills in the head of the frame that ends at `end`, and goes on behind it. */
  private seal(kind: number, position: Position, end: number): void {
    const { at } = this
    const { buffer, view } = this.room
    head(view, at, kind, position, end)
    view.setUint32(at + 4, crc32(buffer.subarray(at + 8, end)), true)
    this.at = end
  }

  private ensure(bytes: number): void {
    const wanted = this.at + bytes
    if (wanted <= this.room.buffer.length) return
    const { room } = this
    if (wanted <= largeCapacity) this.room = this.usual = largeFrameRoom(largeCapacity)
    else this.room = frameRoom(Math.max(room.buffer.length * 2, wanted))
    room.buffer.copy(this.room.buffer, this.start, this.start, this.at)
  }
}

/** All but the checksum. */
const head = (view: DataView, at: number, kind: number, position: Position, end: number): void => {
  view.setUint32(at, frameMark, true)
  view.setUint32(at + 8, end - at, true)
  view.setUint32(at + 12, formatVersion | (kind << 8), true)
  view.setUint32(at + 16, 0, true)
  view.setUint32(at + 20, recordSchemaVersion, true)
  view.setFloat64(at + 24, position, true)
}

const noBytes = new Uint8Array(0)

/** One UTF-16 unit is at most three bytes of UTF-8. */
const keyBound = (envelope: Envelope): number =>
  envelope instanceof WrittenRecord ? envelope.keyEnd - envelope.keyStart : envelope.key.length * 3

/** No text is made of what is there in bytes. */
const copyKey = (buffer: Buffer, { bytes, keyEnd, keyStart }: WrittenRecord, at: number): number => {
  const length = keyEnd - keyStart
  for (let index = 0; index < length; index++) buffer[at + index] = bytes[keyStart + index]!
  return length
}

/** Keys are short and nearly always ASCII: cheaper here than in a call out of JavaScript. */
const writeKey = (buffer: Buffer, key: string, at: number): number => {
  if (key.length > 40) return buffer.write(key, at, "utf8")
  for (let index = 0; index < key.length; index++) {
    const code = key.charCodeAt(index)
    if (code > 0x7f) return buffer.write(key, at, "utf8")
    buffer[at + index] = code
  }
  return key.length
}
