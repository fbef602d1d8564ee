import type { Dice } from "./seed.ts"

/** Few prices, so that they meet: alike in length or not, their points at the same place or not, some of one value. */
export const somePrice = (dice: Dice): string => {
  const whole = dice.pick(["0", "1", "9", "10", "99", "100", "101"])
  return whole + dice.pick(["", ".0", ".00", ".5", ".50", ".500", ".05", ".49", ".51", ".9", ".99"])
}
