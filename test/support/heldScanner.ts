import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Frame, holdToGuards, type Pair, someLevels, spoilt } from "./scanning.ts"
import { type Dice, withSeeds } from "./seed.ts"

/** What a venue's tests of a scanner need. */
export interface Scanned {
  readonly makePair: () => Pair
  /** A plain message of each stream, which the guards read first. */
  readonly first: ReadonlyArray<Frame>
  /** A message of one of them, written as the venue writes them, its values anything. */
  readonly generate: (dice: Dice) => Frame
  /** How many of those the scanner takes at least; the rest are in an order or of a shape that is for the guards. */
  readonly share: number
}

/** The decoders of a venue, both of which know the streams. */
export const introduced = ({ first, makePair }: Scanned): Pair => {
  const pair = makePair()
  for (const frame of first) expect(holdToGuards(pair, [frame])).toBe(0)
  return pair
}

/** Holds scanners to the guards: on generated messages, plain and spoilt, batch by batch. */
export const itHoldsToGuards = (scanned: Scanned): void => {
  it.effect(
    "what is scanned is what the guards read, to the byte: generated messages, plain and spoilt, batch by batch",
    () =>
      withSeeds(3, (dice) =>
        Effect.sync(() => {
          const pair = introduced(scanned)
          let plain = 0
          let taken = 0
          for (let batch = 0; batch < 12; batch++) {
            const frames = Array.from({ length: 25 }, () => scanned.generate(dice))
            plain += frames.length
            taken += holdToGuards(pair, frames)
            holdToGuards(
              pair,
              frames.map((frame) => ({ ...frame, text: spoilt(dice, frame.text.toString()) })),
            )
          }
          expect(taken).toBeGreaterThan(plain * scanned.share)
        }),
      ),
  )
}

/** A side of a book with bare numbers, some of them as no scanner takes them. */
export const bareSide = (
  dice: Dice,
  highestFirst: boolean,
  before: (quantity: string) => string = () => "",
): string => {
  const odd = dice.chance(0.03)
  const levels = someLevels(dice, highestFirst, 8).map(
    ([price, quantity]) => `[${before(quantity)}${price},${odd ? "5.33E-4" : quantity}]`,
  )
  return `[${levels.join(",")}]`
}
