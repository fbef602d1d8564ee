/**
 * Stateless randomness: the same arguments give the same value in every process and on every machine, so that any
 * moment of the market can be computed without the moments before it. Only integer operations and exact IEEE
 * arithmetic are used, no transcendental functions, whose last bits may differ between engines.
 */

const finish = (value: number): number => {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** 32 random bits of a seed and a whole number of at most 2^53. */
export const hash = (seed: number, value: number): number => {
  const low = Math.imul(value | 0, 0xcc9e2d51)
  const high = Math.imul((value / 0x1_0000_0000) | 0, 0x1b873593)
  return finish(Math.imul(seed ^ ((low << 15) | (low >>> 17)), 0x9e3779b1) + high)
}

/** 32 random bits of a seed and two whole numbers. */
export const hash2 = (seed: number, first: number, second: number): number => hash(hash(seed, first), second)

/** A seed of a seed and a name. */
export const hashText = (seed: number, text: string): number => {
  let h = finish(seed ^ 0x2545f491)
  for (let i = 0; i < text.length; i++) h = finish(Math.imul(h, 31) + text.charCodeAt(i))
  return h
}

/** -1 to 1, smooth over `position`, with a fresh random value at every whole number: value noise. */
export const noise = (seed: number, position: number): number => {
  const cell = Math.floor(position)
  const offset = position - cell
  const from = hash(seed, cell) / 0x8000_0000 - 1
  const to = hash(seed, cell + 1) / 0x8000_0000 - 1
  return from + (to - from) * offset * offset * (3 - 2 * offset)
}

/** A sequence of random numbers below a bound, for what is made once (tapes). */
export const sequence = (seed: number): ((bound: number) => number) => {
  let count = 0
  return (bound) => Math.floor((hash(seed, count++) / 0x1_0000_0000) * bound)
}

/** The remainder that is never negative: time before the epoch is asked for too. */
export const modulo = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor
