import { Clock, Effect } from "effect"
import { Collection, type VenueStatus } from "../../services/Collection.ts"
import type { Screen } from "./Screen.ts"

/** Between two pictures in a terminal, and between two lines elsewhere. */
const pictureEvery = "1 second"
const lineEvery = "10 seconds"

const count = (value: number): string => Math.round(value).toLocaleString("en-US")

const bytes = (value: number): string =>
  value < 1024
    ? `${Math.round(value)} B`
    : value < 1024 ** 2
      ? `${(value / 1024).toFixed(1)} KiB`
      : `${(value / 1024 ** 2).toFixed(1)} MiB`

const duration = (millis: number): string => {
  const seconds = Math.floor(millis / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return `${hours > 0 ? `${hours} h ` : ""}${minutes > 0 || hours > 0 ? `${minutes} min ` : ""}${seconds % 60} s`
}

/** What a person wants to know at a glance: is it collecting, does it arrive, is anything wrong. */
const glance = Effect.gen(function* () {
  const collection = yield* Collection
  const [venues, stats, accounts, unready] = yield* Effect.all([
    collection.venues,
    collection.stats,
    collection.accounts,
    collection.unready,
  ])
  const streams = venues.flatMap((venue) => venue.streams)
  return {
    venues,
    stats,
    accounts,
    unready,
    streams,
    live: streams.filter(({ state }) => state === "live").length,
  }
})

type Glance = Effect.Success<typeof glance>

const flow = ({ stats, accounts }: Glance): string =>
  `${count(stats.throughput.messagesPerSecond)} msg/s, ${bytes(stats.throughput.bytesPerSecond)}/s, ${count(accounts.records.accepted)} records`

const sinks = ({ accounts }: Glance): ReadonlyArray<string> =>
  accounts.sinks.map(
    (sink) =>
      `${sink.name} ${sink.state === "open" ? "" : `${sink.state.toUpperCase()} `}${count(sink.delivered)} delivered, ${count(sink.waiting)} waiting`,
  )

const rejected = ({ accounts }: Glance): number =>
  Object.values(accounts.frames.rejected).reduce((sum, each) => sum + each, 0)

const trouble = (seen: Glance): string => {
  const parts = seen.unready.slice(0, 2)
  if (rejected(seen) > 0) parts.push(`${count(rejected(seen))} frames rejected`)
  if (!seen.accounts.balanced) parts.push("the accounts do not balance: a defect of Millrace")
  return parts.join("; ")
}

const oneLine = (seen: Glance): string => {
  const said = trouble(seen)
  return [
    `${seen.live}/${seen.streams.length} streams live`,
    flow(seen),
    ...sinks(seen),
    `p99 ${Math.round(seen.stats.latency.p99)} ms`,
    ...(said === "" ? [] : [said]),
  ].join(" | ")
}

/** Nothing while all are whole. */
const booksOf = ({ books }: VenueStatus): string => {
  const missing = (books?.waiting ?? 0) + (books?.fetching ?? 0)
  return missing === 0 ? "" : `  ${missing} books to be fetched`
}

const picture = (seen: Glance, uptime: number): ReadonlyArray<string> => {
  const { stats } = seen
  const said = trouble(seen)
  return [
    "",
    `  millrace  ${said === "" ? "collecting" : "collecting, with trouble"}  ${duration(uptime)}`,
    ...seen.venues.map((venue) => {
      const live = venue.streams.filter(({ state }) => state === "live").length
      const open = venue.connections.filter(({ state }) => state === "open").length
      return `  ${venue.venue.padEnd(14)} ${open}/${venue.connections.length} connections  ${live}/${venue.streams.length} streams live${booksOf(venue)}`
    }),
    `  ${"flow".padEnd(14)} ${flow(seen)}`,
    ...sinks(seen).map((sink) => `  ${"sink".padEnd(14)} ${sink}`),
    `  ${"latency".padEnd(14)} p50 ${stats.latency.p50.toFixed(1)} ms  p99 ${stats.latency.p99.toFixed(1)} ms`,
    ...(said === "" ? [] : [`  ${"trouble".padEnd(14)} ${said}`]),
  ]
}

/** Keeps a picture at the foot of the terminal, or logs a line now and then where there is none. */
export const summary = (screen: Screen | undefined): Effect.Effect<never, never, Collection> =>
  Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    if (screen === undefined) {
      const say = Effect.flatMap(glance, (seen) => Effect.logInfo(oneLine(seen)))
      yield* Effect.sleep("3 seconds")
      return yield* Effect.forever(Effect.andThen(say, Effect.sleep(lineEvery)))
    }
    const show = Effect.gen(function* () {
      const seen = yield* glance
      screen.show(picture(seen, (yield* Clock.currentTimeMillis) - startedAt))
    })
    return yield* Effect.forever(Effect.andThen(show, Effect.sleep(pictureEvery)))
  }).pipe(Effect.ensuring(Effect.sync(() => screen?.show([]))))
