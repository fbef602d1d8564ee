import { it } from "@effect/vitest"
import { Clock, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Metrics } from "../../services/Metrics.ts"
import { makeBudget } from "../../src/collect/Budget.ts"
import type { Item } from "../../src/collect/connections/Handover.ts"
import { makeHandovers } from "../../src/collect/connections/Handovers.ts"
import { makePool, type Pool } from "../../src/collect/connections/Pool.ts"
import type { ConnectionSettings } from "../../src/collect/connections/Settings.ts"
import { makeEntry, type StreamEntry } from "../../src/collect/StreamTable.ts"
import { parseDataType } from "../../src/domain/DataType.ts"
import type { FrameBatch } from "../../src/domain/Frame.ts"
import { venues } from "../../src/exchanges/index.ts"
import { isRefusal, type Venue } from "../../src/exchanges/Venue.ts"
import { Actors } from "../../src/runtime/Actors.ts"
import * as Mailbox from "../../src/runtime/Mailbox.ts"
import { root } from "../../src/runtime/Supervisor.ts"
import { type Script, scriptedConnector, type ScriptedSocket } from "./scriptedConnector.ts"

const settings = {
  max: 5,
  streamsPerConnection: 1000,
  reconnectDelay: 1000,
  maxReconnectDelay: 30_000,
  heartbeatInterval: 30_000,
} satisfies ConnectionSettings

interface Message {
  readonly method: string
  readonly params: ReadonlyArray<string>
  readonly id: number
}

export const messagesOf = (socket: ScriptedSocket) =>
  socket.sent.map(({ text }) => JSON.parse(text) as Message)

export const wiresOf = (socket: ScriptedSocket, method = "SUBSCRIBE") =>
  messagesOf(socket)
    .filter((message) => message.method === method)
    .flatMap(({ params }) => params)

export interface Bench {
  readonly venue: Venue
  readonly pool: Pool
  readonly script: Script
  readonly entry: (symbol: string, word?: string) => StreamEntry
  /** What the streams were told, in order. */
  readonly interruptions: ReadonlyArray<{ readonly cause: string; readonly streams: ReadonlyArray<string> }>
  /** A record comes on a socket, with this position in its stream. */
  readonly data: (socket: ScriptedSocket, entry: StreamEntry, position: number) => void
  /** What went on of it: once a connection moves, in the order that both sockets agree on. */
  readonly given: ReadonlyArray<string>
}

/** A running pool on a scripted network; `answer` decides what a message is answered with. */
export const bench = Effect.fnUntraced(function* (options: {
  readonly venue?: string
  readonly settings?: Partial<ConnectionSettings>
  /** Other limits than the venue's own. */
  readonly limits?: Partial<Venue["limits"]>
  /** `undefined`: no answer at all. */
  readonly answer?: (message: Message) => { readonly error?: string } | undefined
  readonly pong?: boolean
  readonly behind?: () => boolean
}) {
  const real = venues.get(options.venue ?? "binance")!()
  const venue = { ...real, limits: { ...real.limits, ...options.limits } }
  const answer = options.answer ?? (() => ({}))
  const script = scriptedConnector(
    (socket, text) => {
      const message = JSON.parse(text) as Message
      const said = answer(message)
      if (said !== undefined)
        pool.onControl(socket.options.connection, { kind: "ack", id: message.id, ...said })
    },
    (socket) => {
      if (options.pong !== false) socket.active()
    },
  )
  const interruptions: Array<Bench["interruptions"][number]> = []
  const given: Array<string> = []
  const clock = yield* Clock.Clock
  const give = (item: Item) => void given.push(`${item.stream.wire} ${item.last}`)
  const handovers = makeHandovers((news) => Effect.sync(() => handovers.heed(news, give)))
  const data: Bench["data"] = (socket, entry, position) => {
    const item = {
      stream: entry.stream,
      first: position,
      last: position,
      timestamp: 0,
      receivedAt: clock.currentTimeMillisUnsafe(),
    }
    entry.records++
    const origin = socket.options.connection
    const handover = handovers.of(origin)
    if (handover === undefined) give(item)
    else handover.take(origin, item, give)
  }
  const into = yield* Mailbox.make<FrameBatch>({ name: "frames", capacity: { items: 1, bytes: 1 } })
  const pool: Pool = makePool({
    venue,
    wsEndpoint: "ws://exchange",
    proxy: undefined,
    settings: { ...settings, ...options.settings },
    metrics: (yield* Metrics).venue(venue.name),
    attempts: yield* makeBudget(venue.limits.connectAttempts),
    behind: options.behind ?? (() => false),
    into: () => into,
    interrupted: (streams, cause) =>
      Effect.sync(() => {
        interruptions.push({ cause, streams: streams.map(({ wire }) => wire) })
      }),
    handovers,
  })
  yield* Effect.forkChild(Effect.provide(root("test", pool.run), script.layer), { startImmediately: true })
  yield* TestClock.adjust(1)
  const entry = (symbol: string, word = "trade") => {
    const instrument = venue.instrument(symbol)
    if (isRefusal(instrument)) throw new Error(instrument.refused)
    const stream = venue.stream(parseDataType(word)!, instrument)
    if (isRefusal(stream)) throw new Error(stream.refused)
    return makeEntry(stream, "config")
  }
  return { venue, pool, script, entry, interruptions, data, given } satisfies Bench
})

/** Symbols that no two are alike. */
export const symbols = (count: number) => Array.from({ length: count }, (_, n) => `S${n}-USDT`)

const services = Layer.merge(Actors.layer, Metrics.layer)

export const effect = (name: string, test: Effect.Effect<unknown, unknown, Actors | Metrics>) =>
  it.effect(name, () => Effect.provide(test, services))
