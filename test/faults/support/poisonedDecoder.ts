/**
 * Is loaded into `millrace run` before it (`--import`): its decoder of Binance then breaks on certain frames, each
 * time, in one of the ways in which a bug can.
 */
import type { Decode } from "../../../src/domain/Decoded.ts"
import { venues } from "../../../src/exchanges/index.ts"
import type { Venue } from "../../../src/exchanges/Venue.ts"
import { type Frame } from "../../../src/domain/Frame.ts"

const deep = (levels: number): number => (levels === 0 ? 0 : 1 + deep(levels - 1))

const breakdowns: Readonly<Record<string, (frame: Frame) => void>> = {
  error: () => {
    throw new Error("a bug in the decoder")
  },
  nothing: () => {
    throw undefined
  },
  type: (frame) => void (frame as unknown as { readonly absent: { readonly field: number } }).absent.field,
  stack: () => void deep(1e7),
}

const poisoned = (venue: Venue): Venue => {
  const decode: Decode = (frame, receivedAt, output) => {
    const found = /^\{"poison":"(\w+)"/.exec(frame.bytes.toString("latin1", 0, 32))
    if (found === null) return venue.decode(frame, receivedAt, output)
    // It was in the middle of something.
    output.controls.push({ kind: "pong" })
    breakdowns[found[1]!]!(frame)
  }
  return { ...venue, decode }
}

const registry = venues as Map<string, () => Venue>
const makeBinance = registry.get("binance")!
registry.set("binance", () => poisoned(makeBinance()))
