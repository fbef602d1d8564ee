import { Schema } from "effect"
import { type Channel, channelKeys, channels } from "../src/domain/Channel.ts"
import { optional, withDefault } from "../src/domain/ConfigField.ts"
import { ByteSize } from "../src/domain/ConfigValue.ts"

/** What happens to records of a channel when this machine cannot keep up. */
export const OverloadPolicy = Schema.Literals(["block", "drop_oldest", "drop_newest", "conflate"])
export type OverloadPolicy = typeof OverloadPolicy.Type

/** Each of these records is an event of its own: the latest does not stand for those before it. */
const events: ReadonlySet<Channel> = new Set<Channel>(["trade", "liquidation"])

const EventPolicy = Schema.Literals(["block", "drop_oldest", "drop_newest"]).annotate({
  expected:
    "block, drop_oldest or drop_newest (each of these records is an event of its own: the latest does not stand for the others)",
})

const meaning =
  "What happens to records of this channel that do not fit; `block` unless given. Every drop is counted and makes a `gap` record."

/** Section `overload`: the memory that waiting records may take, and what gives way, by channel. */
export const OverloadConfig = Schema.Struct({
  memory: withDefault(
    ByteSize,
    "256 MiB",
    "What frames and records that wait in mailboxes and for sinks may take in all.",
  ),
  ...channelKeys((channel) => optional(events.has(channel) ? EventPolicy : OverloadPolicy, meaning)),
})

export type OverloadConfig = typeof OverloadConfig.Type

/** The policy of a channel: `block` unless the configuration says otherwise. */
export const overloadPolicy = (config: OverloadConfig, channel: Channel): OverloadPolicy =>
  config[channel] ?? "block"

/** Whether records of any channel may give way. */
export const anyGivesWay = (config: OverloadConfig): boolean =>
  channels.some((channel) => overloadPolicy(config, channel) !== "block")
