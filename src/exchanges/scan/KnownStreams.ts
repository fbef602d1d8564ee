import type { Output } from "../../domain/Decoded.ts"
import type { Frame } from "../../domain/Frame.ts"
import { maxHeadBytes } from "../../domain/RecordWriter.ts"
import type { Stream } from "../../domain/Stream.ts"
import { Literal } from "./Literal.ts"
import { Names } from "./Names.ts"

/** A stream with what its scanner needs at hand. */
export interface Known {
  readonly stream: Stream
  /** `"BTC-USDT"` with its quotes, as every message of the stream writes its symbol. */
  readonly symbolText: Literal
  readonly scan: Scan
}

/**
 * Reads a message from its bytes, which lie in `output.writer`; `at` is the first byte behind the name by which its stream
 * was found. On any surprise it returns false and no record is written; the guards then decide, from the frame itself.
 * What it takes, they would have taken, and the records are the same to the byte.
 */
export type Scan = (at: number, known: Known, frame: Frame, receivedAt: number, output: Output) => boolean

/** What stands in a frame as it is: nothing that JSON escapes. */
const verbatim = (name: string): boolean => JSON.stringify(name) === `"${name}"`

/**
 * Streams by the bytes of their names in frames. The guards tell it each one that they have found, so a stream's first
 * frame is theirs; there are never more than the venue's catalogue holds.
 */
export class KnownStreams {
  readonly names = new Names<Known>()
  private readonly learned = new Map<string, Stream>()

  /** `name`: what stands in the frame and belongs to this stream alone. */
  learn(name: string, stream: Stream, scan: Scan): void {
    if (this.learned.has(name)) return
    this.learned.set(name, stream)
    if (!verbatim(name) || stream.headBytes.length > maxHeadBytes) return
    this.names.set(name, { stream, symbolText: new Literal(JSON.stringify(stream.instrument.native)), scan })
  }

  /** The venue has given it up: its name may come to mean another stream. */
  forget(gone: Stream): void {
    for (const [name, stream] of this.learned)
      if (stream === gone) {
        this.learned.delete(name)
        this.names.delete(name)
      }
  }
}
