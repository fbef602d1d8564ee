import { type RecordType, recordTypes } from "./DataType.ts"

/** The kinds of data that a venue delivers: every record type but `gap`, which Millrace itself makes. */
export type Channel = Exclude<RecordType, "gap">

export const channels: ReadonlyArray<Channel> = recordTypes.filter((type): type is Channel => type !== "gap")

/** One entry for each channel. */
export const channelKeys = <A>(of: (channel: Channel) => A): { readonly [channel in Channel]: A } =>
  Object.fromEntries(channels.map((channel) => [channel, of(channel)])) as {
    readonly [channel in Channel]: A
  }
