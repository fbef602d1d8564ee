import { Schema } from "effect"
import { withDefault } from "../src/domain/ConfigField.ts"
import { ByteSize, DurationValue, NonEmptyText } from "../src/domain/ConfigValue.ts"

/** Section `deadLetters`: where frames that no decoder could use, and records that a sink refused, are kept. */
export const DeadLettersConfig = Schema.Struct({
  path: withDefault(NonEmptyText, "data/deadletters", "The folder of its files. One process writes to it."),
  maxSize: withDefault(
    ByteSize.check(Schema.isGreaterThanOrEqualTo(65_536)).annotate({ expected: "a size of 64 KiB or more" }),
    "256 MiB",
    "What they may take; then the oldest go, counted.",
  ),
  retention: withDefault(DurationValue, "7 days", "How long they are kept."),
})

export type DeadLettersConfig = typeof DeadLettersConfig.Type
