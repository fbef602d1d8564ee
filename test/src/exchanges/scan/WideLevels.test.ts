import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { levelsText } from "../../../../src/exchanges/wire/Levels.ts"
import { WideLevels } from "../../../../src/exchanges/scan/WideLevels.ts"
import { laid } from "../../../support/scanning.ts"
import { somePrice } from "../../../support/prices.ts"
import { withSeeds } from "../../../support/seed.ts"

describe("levels with more than price and quantity", () => {
  it.effect(
    "are the guards' levels where they come best first, and else known to be turned round or left to them",
    () =>
      withSeeds(1000, (dice) =>
        Effect.sync(() => {
          const prices = Array.from({ length: dice.int(6) }, () => somePrice(dice))
          const direction = dice.int(3) - 1
          const levels = prices
            .toSorted((left, right) => direction * (Number(left) - Number(right)))
            .map((price, index) => [price, String(index)] as const)
          const text = JSON.stringify(levels.map((level) => [...level, "0", "13"]))
          for (const highestFirst of [true, false]) {
            const view = laid(text)
            const wide = new WideLevels()
            if (wide.narrow(view, 0, highestFirst) < 0) continue
            const end = Math.abs(wide.to)
            const narrow = Buffer.from(view.buffer, view.byteOffset, end).toString("latin1")
            expect(narrow).toBe(JSON.stringify(levels))
            const inOrder = JSON.stringify(wide.to > 0 ? levels : levels.toReversed())
            expect(inOrder).toBe(levelsText(JSON.parse(text), highestFirst ? "bids" : "asks"))
          }
        }),
      ),
  )
})
