import type { Envelope } from "../../../src/domain/Envelope.ts"
import type { Stream } from "../../../src/domain/Stream.ts"
import { dayMillis, dayOf, recordFile } from "./FileNames.ts"

/** What a batch adds to one file, in one piece. Valid until the next batch is staged. */
export interface StagedFile {
  readonly name: string
  readonly chunk: Buffer
}

/** A file that the batch in hand writes to, and the pieces of it so far. */
interface Target {
  readonly name: string
  readonly sources: Array<Buffer>
  readonly starts: Array<number>
  readonly ends: Array<number>
  bytes: number
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
  private batch: Array<Target> = []

  stage(envelopes: ReadonlyArray<Envelope>): ReadonlyArray<StagedFile> {
    this.batch = []
    for (const envelope of envelopes) this.add(this.targetOf(envelope), envelope)
    return this.layTogether()
  }

  private add(target: Target, envelope: Envelope): void {
    const { bytes, start } = envelope
    const end = envelope.end + 1
    const last = target.sources.length - 1
    if (last < 0) this.batch.push(target)
    else if (target.sources[last] === bytes && target.ends[last] === start) {
      target.ends[last] = end
      target.bytes += end - start
      return
    }
    target.sources.push(bytes)
    target.starts.push(start)
    target.ends.push(end)
    target.bytes += end - start
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
    const made: Target = { name, sources: [], starts: [], ends: [], bytes: 0 }
    this.targets.set(name, made)
    return made
  }

  private layTogether(): ReadonlyArray<StagedFile> {
    let total = 0
    for (const target of this.batch) if (target.sources.length > 1) total += target.bytes
    if (total > this.scratch.length) this.scratch = Buffer.allocUnsafeSlow(total * 2)
    let at = 0
    return this.batch.map((target) => {
      const { name, sources, starts, ends } = target
      let chunk: Buffer
      if (sources.length === 1) chunk = sources[0]!.subarray(starts[0], ends[0])
      else {
        const begin = at
        for (let index = 0; index < sources.length; index++)
          at += sources[index]!.copy(this.scratch, at, starts[index], ends[index])
        chunk = this.scratch.subarray(begin, at)
      }
      sources.length = 0
      starts.length = 0
      ends.length = 0
      target.bytes = 0
      return { name, chunk }
    })
  }
}
