import type { Envelope } from "../../src/domain/Envelope.ts"

/** Envelopes, and the bytes of their records with a newline behind each. */
export interface Part {
  readonly envelopes: ReadonlyArray<Envelope>
  readonly payload: number
}

export const payloadOf = (envelopes: ReadonlyArray<Envelope>): number => {
  let payload = 0
  for (const { end, start } of envelopes) payload += end + 1 - start
  return payload
}

/** From `offset` on as many as fit into both limits, and one in any case. */
export const partOf = (
  envelopes: ReadonlyArray<Envelope>,
  offset: number,
  maxItems: number,
  maxBytes: number,
): Part => {
  const limit = Math.min(envelopes.length, offset + maxItems)
  let end = offset
  let payload = 0
  do {
    const envelope = envelopes[end]!
    const bytes = envelope.end + 1 - envelope.start
    if (end > offset && payload + bytes > maxBytes) break
    payload += bytes
    end++
  } while (end < limit)
  return { envelopes: envelopes.slice(offset, end), payload }
}
