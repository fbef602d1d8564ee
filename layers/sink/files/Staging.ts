import type { Envelope } from "../../../src/domain/Envelope.ts"
import type { Stream } from "../../../src/domain/Stream.ts"
import { alignedBuffer, blockBytes, largeBytes } from "../../support/DirectFile.ts"
import { dayMillis, dayOf, recordFile } from "./FileNames.ts"
import { type Chained, Pieces } from "./Pieces.ts"

/** What a batch adds to one file, in one piece. Valid until the next batch is staged. */
export interface StagedFile {
  readonly name: string
  readonly chunk: Buffer
  /** It is large, and each byte lies at the place in a block of memory at which it will lie in a block of the file. */
  readonly inBlocks: boolean
}

/** A file that the batch in hand writes to, and the pieces of it so far. */
interface Target extends Chained {
  readonly name: string
}

/** A stream's own file of the day it was last seen on. */
interface Recent {
  readonly target: Target
  readonly from: number
  readonly to: number
}

/** Beyond so many streams or files everything known is forgotten and looked up again. */
const maxKnown = 65_536

/**
 * Sorts a batch by file, in order within each, newlines included. Neighbours in the same bytes become one piece; a
 * file of one piece is not copied, the pieces of others are laid together in a buffer that is used again.
 */
export class Staging {
  private readonly recent = new Map<Stream, Recent>()
  private readonly targets = new Map<string, Target>()
  private scratch: Buffer = Buffer.alloc(0)
  /** In memory that begins where a block does; `undefined` where none can be had. */
  private blocks: Buffer | undefined = Buffer.alloc(0)
  private batch: Array<Target> = []
  private readonly pieces = new Pieces()
  private readonly largeChunk: number

  /** `largeChunk`: in bytes, from where on a chunk is laid as it will lie in its file. */
  constructor(largeChunk = largeBytes) {
    this.largeChunk = largeChunk
  }

  /** `lengths`: of the files now, as far as they are known. */
  stage(envelopes: ReadonlyArray<Envelope>, lengths: ReadonlyMap<string, number>): ReadonlyArray<StagedFile> {
    this.batch = []
    for (const envelope of envelopes) {
      const target = this.targetOf(envelope)
      if (target.count === 0) this.batch.push(target)
      this.pieces.add(target, envelope.bytes, envelope.start, envelope.end + 1)
    }
    const staged = this.layTogether(lengths)
    this.pieces.clear()
    return staged
  }

  private targetOf(envelope: Envelope): Target {
    const { stream, timestamp } = envelope
    const recent = this.recent.get(stream)
    const own = envelope.type === stream.dataType.type
    if (own && recent !== undefined && timestamp >= recent.from && timestamp < recent.to) return recent.target
    const day = dayOf(envelope)
    const target = this.targetNamed(recordFile(stream, envelope.type, day))
    if (own) {
      if (this.recent.size >= maxKnown) this.recent.clear()
      this.recent.set(stream, { target, from: day * dayMillis, to: (day + 1) * dayMillis })
    }
    return target
  }

  private targetNamed(name: string): Target {
    const known = this.targets.get(name)
    if (known !== undefined) return known
    if (this.targets.size >= maxKnown) {
      // Those of the batch in hand must stay the only ones of their name.
      this.targets.clear()
      this.recent.clear()
      for (const target of this.batch) this.targets.set(target.name, target)
    }
    const made: Target = { name, count: 0, first: 0, last: 0, bytes: 0 }
    this.targets.set(name, made)
    return made
  }

  private layTogether(lengths: ReadonlyMap<string, number>): ReadonlyArray<StagedFile> {
    let together = 0
    let inBlocks = 0
    for (const target of this.batch) {
      if (this.isLarge(target, lengths)) inBlocks += target.bytes + 2 * blockBytes
      else if (target.count > 1) together += target.bytes
    }
    if (together > this.scratch.length) this.scratch = Buffer.allocUnsafeSlow(together * 2)
    if (inBlocks > (this.blocks?.length ?? inBlocks)) {
      this.blocks = alignedBuffer(inBlocks * 2)
      if (this.blocks === undefined) return this.layTogether(lengths)
    }
    let at = 0
    let block = 0
    return this.batch.map((target): StagedFile => {
      const { name, count } = target
      if (this.isLarge(target, lengths)) {
        const chunk = this.pieces.lay(target, this.blocks!, block + (lengths.get(name)! % blockBytes))
        block += Math.ceil(chunk.length / blockBytes + 1) * blockBytes
        return { name, chunk, inBlocks: true }
      }
      if (count === 1) return { name, chunk: this.pieces.only(target), inBlocks: false }
      const chunk = this.pieces.lay(target, this.scratch, at)
      at += chunk.length
      return { name, chunk, inBlocks: false }
    })
  }

  private isLarge({ name, bytes }: Target, lengths: ReadonlyMap<string, number>): boolean {
    return bytes >= this.largeChunk && this.blocks !== undefined && lengths.has(name)
  }
}
