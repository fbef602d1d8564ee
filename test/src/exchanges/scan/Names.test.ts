import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { Names } from "../../../../src/exchanges/scan/Names.ts"
import { laid } from "../../../support/scanning.ts"
import { withSeeds } from "../../../support/seed.ts"

const find = <A>(names: Names<A>, text: string, at = 0, frameEnd = Buffer.byteLength(text)) =>
  names.find(laid(text), at, frameEnd)

describe("names looked up by their bytes", () => {
  it("are found where they stand, and only whole", () => {
    const names = new Names<number>()
    names.set("btcusdt@trade", 1)
    names.set("币安@trade", 2)
    const text = '{"stream":"btcusdt@trade","data"'
    expect(find(names, text, 11)).toBe(1)
    expect(names.end).toBe(24)
    expect(find(names, '币安@trade"')).toBe(2)
    for (const other of ['btcusdt@trad"', 'btcusdt@trades"', 'Btcusdt@trade"', '"', "btcusdt@trade", ""])
      expect(find(names, other)).toBeUndefined()
    expect(find(names, text, text.length)).toBeUndefined()
    expect(find(new Names<number>(), text)).toBeUndefined()
  })

  it("are not read from what lies behind a frame", () => {
    const names = new Names<number>()
    names.set("btcusdt@trade", 1)
    const text = 'btcusdt@trade"'
    expect(find(names, text, 0, text.length)).toBe(1)
    expect(find(names, text, 0, text.length - 1)).toBeUndefined()
    expect(find(names, text, 0, 3)).toBeUndefined()
    expect(find(names, text, 5, 3)).toBeUndefined()
  })

  it.effect("are told apart where their places are the same, also when some are taken away", () =>
    withSeeds(20, (dice) =>
      Effect.sync(() => {
        const names = new Names<string>()
        const all = Array.from({ length: 100 }, (_, index) => `n${index}${"x".repeat(index % 7)}`)
        const kept = new Set<string>()
        for (let change = 0; change < 400; change++) {
          const name = dice.pick(all)
          if (dice.chance(0.4)) {
            names.delete(name)
            kept.delete(name)
          } else {
            names.set(name, name)
            kept.add(name)
          }
        }
        for (const name of all) expect(find(names, `${name}"`)).toBe(kept.has(name) ? name : undefined)
      }),
    ),
  )
})
