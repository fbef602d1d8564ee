import { Schema } from "effect"
import { optional, withDefault } from "../domain/ConfigField.ts"
import { DurationValue, PositiveInt } from "../domain/ConfigValue.ts"

/** `exchanges.<name>.books`: what is made of a venue's order books (`depth`) besides their verified deltas. */
export const BooksConfig = Schema.Struct({
  keep: withDefault(
    Schema.Boolean,
    false,
    "Keep each book although nothing is published of it but its deltas, and check it: one whose best bid is not below its best ask is broken, and is fetched anew. Books of which snapshots or best prices are made are kept and checked anyway.",
  ),
  maxLevels: withDefault(
    PositiveInt,
    5000,
    "Levels a side that are kept of one book at most; what lies deeper is forgotten. A thousand of each side take about 100 KB.",
  ),
  snapshotInterval: optional(
    DurationValue,
    "Publish each book so often as a `depth` record of kind `snapshot`, if it has changed, each at a moment of its own; never unless given.",
  ),
  depth: withDefault(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9999 })).annotate({
      expected: "a number of levels, 1 to 9999",
    }),
    100,
    "Levels a side of these snapshots: fewer where fewer are known for certain.",
  ),
  deriveBbo: optional(
    Schema.Boolean,
    "Publish `bbo` records from the books, where the venue's own are not collected. Unless given: where the venue has none.",
  ),
})
export type BooksConfig = typeof BooksConfig.Type
