import type { Source } from "./Decoded.ts"
import { formatReceivedAt, fractions } from "./Encoder.ts"
import { FixedText } from "./FixedText.ts"

/** Milliseconds since the epoch have so many digits from 2001 to 2286. */
const digits = 13
const least = 10 ** (digits - 1)

const eventField = '","timestamp":'
const between = ',"timestampSource":"receive"'
const receiveField = ',"receivedAt":'

const fractionTexts = fractions.map((text) => new FixedText(text))

/** More than the longest text of a receive time has, and a word. */
const roomBytes = 256

/**
 * A record's fields from the receive time to its data, as text: written once for all records of a socket read, which
 * have one time, and changed in a few places for the next.
 */
export class ReceiveTime {
  /** Milliseconds, microseconds as the fraction. */
  at = Number.NaN
  /** The whole milliseconds of it. */
  millis = Number.NaN
  /** First what stands in place of an event's time, then what follows every time. */
  private readonly text = new DataView(new ArrayBuffer(roomBytes))
  private start = 0
  private end = 0
  /** Whether the milliseconds stand in it in so many digits, and can be replaced by others. */
  private usual = false
  private readonly beforeData: FixedText

  constructor(source: Source) {
    this.beforeData = new FixedText(`,"source":"${source}","data":`)
  }

  /** Behind an event's time; gives the index behind it. */
  write(to: DataView, index: number, receivedAt: number): number {
    if (receivedAt !== this.at) this.receive(receivedAt)
    return this.copy(to, index, this.start)
  }

  /** In place of an event's time too. */
  writeAsEvent(to: DataView, index: number, receivedAt: number): number {
    if (receivedAt !== this.at) this.receive(receivedAt)
    return this.copy(to, index, 0)
  }

  /** Whole words: what follows is written over the rest of the last one. */
  private copy(to: DataView, index: number, from: number): number {
    const { end, text } = this
    const behind = index - from
    for (let at = from; at < end; at += 8) to.setFloat64(at + behind, text.getFloat64(at, true), true)
    return end + behind
  }

  private receive(receivedAt: number): void {
    const before = this.millis
    this.at = receivedAt
    this.millis = Math.floor(receivedAt)
    const micros = Math.round((receivedAt - this.millis) * 1000)
    const usual = micros < 1000 && this.millis >= least && this.millis < 10 * least
    if (!usual) {
      this.begin(formatReceivedAt(receivedAt))
    } else {
      if (!this.usual) this.begin(String(this.millis))
      else if (before !== this.millis) {
        writeDigits(this.text, eventField.length, this.millis)
        writeDigits(this.text, this.start + receiveField.length, this.millis)
      }
      this.end = fractionTexts[micros]!.write(this.text, this.start + receiveField.length + digits)
    }
    this.usual = usual
    this.end = this.beforeData.write(this.text, this.end)
  }

  private begin(receivedAt: string): void {
    this.start = new FixedText(`${eventField}${this.millis}${between}`).write(this.text, 0)
    this.end = new FixedText(receiveField + receivedAt).write(this.text, this.start)
  }
}

/** The digits of a time, from `at`. */
const writeDigits = (bytes: DataView, at: number, value: number): void => {
  let rest = value
  for (let index = at + digits - 1; index >= at; index--) {
    const next = Math.floor(rest / 10)
    bytes.setUint8(index, 48 + (rest - next * 10))
    rest = next
  }
}
