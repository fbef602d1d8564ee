import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Console, Effect } from "effect"
import { Command } from "effect/cli"
import { HttpApiClient } from "effect/http-api"
import { makeScreen, type Screen } from "../app/Screen.ts"
import { MillraceApi } from "../edge/Api.ts"
import type { Status } from "../edge/ApiSchema.ts"
import { CommandError } from "./CommandError.ts"
import { instanceFlag } from "./InstanceFlag.ts"

type StatusView = typeof Status.Type

const age = (millis: number): string => {
  const seconds = Math.max(0, Math.round(millis / 1000))
  return seconds < 120
    ? `${seconds} s`
    : seconds < 7200
      ? `${Math.round(seconds / 60)} min`
      : `${Math.round(seconds / 3600)} h`
}

const pad = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width)

const actorLine = (status: StatusView) => (actor: StatusView["actors"][number]) => {
  const depth = actor.mailboxes.map((mailbox) => `${mailbox.name} ${mailbox.items}`).join(" ")
  const trouble = actor.detail ?? actor.lastError ?? ""
  return `${pad(actor.path, 48)} ${pad(actor.state, 10)} ${pad(age(status.now - actor.since), 7)} ${pad(String(actor.restarts), 8)} ${pad(depth, 14)} ${trouble}`
}

/** How many gaps, by what they are of and why; the page of continuity has each of them. */
const gapsLine = (gaps: StatusView["gaps"]): string => {
  const total = gaps.reduce((sum, { count }) => sum + count, 0)
  const each = gaps.map(({ cause, channel, count, venue }) => `${count} ${venue} ${channel} ${cause}`)
  return total === 0
    ? "no gaps since the start"
    : `${total} gaps since the start: ${each.join(", ")}; see /continuity`
}

/** A running instance in lines: what it is, its actors, streams by state, gaps, sinks. */
export const topLines = (status: StatusView): ReadonlyArray<string> => {
  const streams = status.venues.flatMap((venue) => venue.streams)
  const states = Object.entries(Object.groupBy(streams, ({ state }) => state)).map(
    ([state, list]) => `${list.length} ${state}`,
  )
  const { frames, records, sinks, balanced } = status.accounts
  const ready = status.ready ? "ready" : `NOT READY: ${status.reasons.join("; ")}`
  return [
    `millrace ${status.version}  up ${age(status.now - status.startedAt)}  ${ready}`,
    `${streams.length} streams: ${states.join(", ") || "none"}   frames ${frames.received}   records ${records.accepted}   accounts ${balanced ? "balance" : "DO NOT BALANCE"}`,
    gapsLine(status.gaps),
    ...sinks.map(
      (sink) =>
        `sink ${sink.name} (${sink.type}) ${sink.state}: ${sink.delivered} delivered, ${sink.waiting} waiting${sink.lastError === undefined ? "" : `, ${sink.lastError}`}`,
    ),
    "",
    `${pad("ACTOR", 48)} ${pad("STATE", 10)} ${pad("SINCE", 7)} ${pad("RESTARTS", 8)} ${pad("WAITING", 14)} DETAIL`,
    ...status.actors.map(actorLine(status)),
  ]
}

const watch = Effect.fnUntraced(function* (url: string, screen: Screen | undefined) {
  const client = yield* HttpApiClient.make(MillraceApi, { baseUrl: url })
  const look = client.status().pipe(
    Effect.mapError(
      (error) =>
        new CommandError({
          detail: `no running instance answers at ${url} (${error.message}); is it up, and on another port? --url says where`,
        }),
    ),
  )
  if (screen === undefined) {
    for (const line of topLines(yield* look)) yield* Console.log(line)
    return
  }
  return yield* Effect.forever(
    Effect.andThen(
      Effect.map(look, (status) => screen.show(topLines(status))),
      Effect.sleep("1 second"),
    ),
  )
})

/** `millrace top`: the actors of a running instance. */
export const top = Command.make(
  "top",
  { url: instanceFlag },
  Effect.fnUntraced(function* ({ url }) {
    const console = yield* Console.Console
    const terminal = process.stdout.isTTY === true
    const write = (text: string) => void process.stdout.write(text)
    const screen = terminal ? makeScreen(write, () => process.stdout.columns ?? 80, console) : undefined
    return yield* watch(url, screen)
  }, Effect.provide(NodeHttpClient.layerUndici)),
).pipe(
  Command.withDescription(
    "Watch a running instance: each actor's state, restarts, mailbox depth and last error, the streams, the sinks and what waits for them.",
  ),
  Command.withShortDescription("Watch a running instance: its actors, streams and sinks"),
)
