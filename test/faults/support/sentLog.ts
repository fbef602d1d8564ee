import type { Said } from "./messages.ts"

/** Of one stream, in order: what the exchange sent. */
export interface SentStream {
  readonly keys: Array<number>
  readonly hashes: Array<number>
}

/** Where a key stands in an ascending list, or -1. */
export const indexOfKey = (keys: ReadonlyArray<number>, key: number): number => {
  let low = 0
  let high = keys.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = keys[middle]!
    if (found === key) return middle
    if (found < key) low = middle + 1
    else high = middle - 1
  }
  return -1
}

/** Every event that an exchange has sent, two numbers each, so that millions fit. */
export interface SentLog {
  readonly add: (place: string, said: Said) => void
  readonly streams: ReadonlyMap<string, SentStream>
  readonly total: () => number
}

export const makeSentLog = (): SentLog => {
  const streams = new Map<string, SentStream>()
  let total = 0
  return {
    add: (place, { hash, key }) => {
      let stream = streams.get(place)
      if (stream === undefined) streams.set(place, (stream = { keys: [], hashes: [] }))
      // A second connection may say the same again.
      if (key <= (stream.keys.at(-1) ?? Number.NEGATIVE_INFINITY)) return
      stream.keys.push(key)
      stream.hashes.push(hash)
      total++
    },
    streams,
    total: () => total,
  }
}
