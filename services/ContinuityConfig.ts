import { Duration, Schema } from "effect"
import { optional, withDefault } from "../src/domain/ConfigField.ts"
import { ByteSize, DurationValue, NonEmptyText } from "../src/domain/ConfigValue.ts"

/** Section `continuity`: what is remembered of what came and what is missing. */
export const ContinuityConfig = Schema.Struct({
  history: withDefault(
    DurationValue.check(
      Schema.makeFilter((value: Duration.Duration) => Duration.toHours(value) >= 1, {
        expected: "1 hour or more",
      }),
    ),
    "30 days",
    "How long it is kept what came and what is missing of each stream: by the minute for two days, by the hour before. docs/CONTINUITY.md says what it takes.",
  ),
  path: optional(
    NonEmptyText,
    "The file of the history, an SQLite database. Unless given, `continuity.db` beside the journal's folder.",
  ),
  maxSize: withDefault(
    ByteSize.check(Schema.isGreaterThanOrEqualTo(1024 * 1024)).annotate({
      expected: "a size of 1 MiB or more",
    }),
    "1 GiB",
    "What the file may take; then the oldest gives way.",
  ),
})

export type ContinuityConfig = typeof ContinuityConfig.Type
