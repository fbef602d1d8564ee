import type { Envelope } from "../../src/domain/Envelope.ts"
import { takeSlab } from "../../src/domain/Slab.ts"

/** The same envelopes as a decoder writes them, in bytes that are written anew once all of them are given back. */
export const inSlab = (envelopes: ReadonlyArray<Envelope>): ReadonlyArray<Envelope> => {
  const slab = takeSlab(0)
  let at = 0
  const written = envelopes.map((envelope) => {
    const start = at
    at += envelope.bytes.copy(slab.bytes, at, envelope.start, envelope.end + 1)
    slab.hold()
    return { ...envelope, bytes: slab.bytes, start, end: at - 1 }
  })
  slab.release(1)
  return written
}

/** Whether all of these still stand where they were written. */
export const areThere = (envelopes: ReadonlyArray<Envelope>): boolean =>
  envelopes.every(({ bytes, end, start }) => bytes[start] === 0x7b && bytes[end] === 0x0a)
