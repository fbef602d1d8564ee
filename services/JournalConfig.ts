import { Duration, Schema } from "effect"
import { channelKeys } from "../src/domain/Channel.ts"
import { optional, withDefault } from "../src/domain/ConfigField.ts"
import { ByteSize, DurationValue, NonEmptyText } from "../src/domain/ConfigValue.ts"

/** What happens to records of a channel when the journal has no room left. */
export const WhenFull = Schema.Literals(["block", "drop"])
export type WhenFull = typeof WhenFull.Type

/** Section `journal`: the local log between the collectors and the sinks. */
export const JournalConfig = Schema.Struct({
  kind: withDefault(
    Schema.Literals(["segments", "memory"]),
    "segments",
    "`segments` on the disk, so that records outlive the process. `memory`: what no sink has delivered waits in half of `overload.memory`, ends with the process, and the other keys mean nothing.",
  ),
  path: withDefault(NonEmptyText, "data/journal", "The folder of its segments and cursors."),
  syncInterval: withDefault(
    DurationValue.check(
      Schema.makeFilter((value: Duration.Duration) => Duration.toMillis(value) <= 1_000, {
        expected: "at most 1 second",
      }),
    ),
    "10 millis",
    "The longest that a record waits for the sync that makes it accepted.",
  ),
  segmentSize: withDefault(ByteSize, "64 MiB", "A segment is closed at this size."),
  maxSize: withDefault(
    ByteSize,
    "10 GiB",
    "What all segments together may take, about; then `whenFull` decides.",
  ),
  retention: withDefault(
    DurationValue,
    "1 hour",
    "How long a segment is kept after every sink has delivered it.",
  ),
  whenFull: withDefault(
    Schema.Struct(
      channelKeys(() => optional(WhenFull, "`block` waits for room, `drop` gives a counted `gap` record.")),
    ),
    {},
    "By channel, what happens when `maxSize` is reached. A channel that is not named blocks.",
  ),
})

export type JournalConfig = typeof JournalConfig.Type
