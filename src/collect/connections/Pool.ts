import { Effect, Semaphore } from "effect"
import type { ConnectionStatus } from "../../../services/Collection.ts"
import type { Connector } from "../../../services/Connector.ts"
import type { Control } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Refusal } from "../../exchanges/Venue.ts"
import type { Actors } from "../../runtime/Actors.ts"
import type { Self } from "../../runtime/Actor.ts"
import { type DynamicSupervisor, makeDynamic } from "../../runtime/Supervisor.ts"
import type { SupervisorError } from "../../runtime/SupervisorError.ts"
import type { StreamEntry } from "../StreamTable.ts"
import { type Connection, makeConnection } from "./Connection.ts"
import type { ConnectionOptions } from "./ConnectionOptions.ts"

/**
 * A venue's connections: streams are given to the first connection of their route that has room, a new connection is
 * opened when none has, and one that carries nothing is closed. What does not fit is refused by name.
 */
export interface Pool {
  /** Places a stream; it is subscribed as soon as its connection is up. Untouched: every other stream. */
  readonly add: (entry: StreamEntry) => Effect.Effect<Refusal | undefined>
  readonly remove: (stream: Stream) => Effect.Effect<boolean>
  /** Whether the venue may still send it: it was removed, and that is not answered yet. */
  readonly carries: (stream: Stream) => boolean
  readonly onControl: (connection: string, control: Control) => void
  /** The books that a frame of this origin may be of. */
  readonly booksOn: (origin: string) => ReadonlyArray<Stream>
  /** Runs the connections that streams are placed on, now and later; ends only by escalation. */
  readonly run: (self: Self) => Effect.Effect<never, SupervisorError, Connector | Actors>
  readonly status: () => ReadonlyArray<ConnectionStatus>
  /** Brings these books a new snapshot on the connections that carry them. */
  readonly resync: (streams: ReadonlyArray<Stream>) => void
  /** Asks the venue anew for streams that do not come. */
  readonly renew: (streams: ReadonlyArray<Stream>) => Effect.Effect<void>
  /** Leaves the socket of a connection on which nothing comes any more, and opens another one. */
  readonly abandon: (connection: string, detail: string) => void
  /** Whether it is us who do not read it. */
  readonly isPaused: (connection: string) => boolean
  /** Why the connection that is to carry a stream is not open, where it has said so. */
  readonly troubleOf: (stream: Stream) => string | undefined
  /** Frames and bytes received by all connections there have been. */
  readonly received: () => { readonly frames: number; readonly bytes: number }
}

export type PoolOptions = Omit<ConnectionOptions, "id" | "route" | "overlapping">

/** The connection that a frame's origin belongs to. */
export const idOf = (origin: string): string => (origin.endsWith("+") ? origin.slice(0, -1) : origin)

export const makePool = (options: PoolOptions): Pool => {
  const { venue, settings } = options
  const maxConnections = settings.max
  const capacity = Math.min(settings.streamsPerConnection, venue.limits.streamsPerConnection)
  const connections = new Map<string, Connection>()
  const placed = new Map<Stream, Connection>()
  const books = new Map<Connection, Set<Stream>>()
  const closed = { frames: 0, bytes: 0 }
  let running: DynamicSupervisor<Connector> | undefined
  let besides = 0
  const above = Semaphore.makeUnsafe(1)

  /**
   * Connections move one after the other, with one socket above the maximum. When the venue is about to close them,
   * those for which there is room below it need not wait.
   */
  const overlapping: ConnectionOptions["overlapping"] = (urgent, move) =>
    Effect.suspend(() => {
      if (!urgent || connections.size + besides >= maxConnections) return above.withPermits(1)(move)
      besides++
      return Effect.ensuring(
        move,
        Effect.sync(() => {
          besides--
        }),
      )
    })

  const child = (connection: Connection) => ({ id: numberOf(connection.id), run: connection.run })
  const numberOf = (id: string) => id.slice(id.lastIndexOf("/") + 1)
  const freeNumber = () => {
    let number = 1
    while (connections.has(`${venue.name}/connections/${number}`)) number++
    return number
  }

  const place = (route: string): Connection | undefined => {
    for (const connection of connections.values())
      if (connection.route === route && connection.subscriber.desired.size < capacity) return connection
    if (connections.size >= maxConnections) return undefined
    const connection = makeConnection({
      ...options,
      overlapping,
      id: `${venue.name}/connections/${freeNumber()}`,
      route,
    })
    connections.set(connection.id, connection)
    return connection
  }

  const retire = Effect.fnUntraced(function* (connection: Connection) {
    connections.delete(connection.id)
    books.delete(connection)
    if (running !== undefined) yield* running.stop(numberOf(connection.id))
    const received = connection.received()
    closed.frames += received.frames
    closed.bytes += received.bytes
  })

  return {
    add: Effect.fnUntraced(function* (entry) {
      const { stream } = entry
      if (placed.has(stream)) return undefined
      const connection = place(stream.route)
      if (connection === undefined) {
        const full = `all ${maxConnections} connections of ${venue.name} are taken, ${capacity} streams each`
        return {
          refused: `${stream.wire} does not fit: ${full}; raise connections.max or run another instance`,
        }
      }
      placed.set(stream, connection)
      if (entry.continuity.chain === "book") {
        const own = books.get(connection) ?? new Set()
        books.set(connection, own.add(stream))
      }
      entry.connection = connection.id
      connection.subscriber.desired.set(stream, entry)
      // It was removed a moment ago: what is left of that subscription has no book and no acknowledgement of this one.
      if (connection.subscriber.carries(stream)) connection.subscriber.renew([stream])
      else connection.subscriber.changed()
      if (running !== undefined && !running.has(numberOf(connection.id)))
        yield* running.start(child(connection))
      return undefined
    }),
    remove: Effect.fnUntraced(function* (stream) {
      const connection = placed.get(stream)
      if (connection === undefined) return false
      placed.delete(stream)
      books.get(connection)?.delete(stream)
      connection.subscriber.desired.delete(stream)
      connection.subscriber.changed()
      if (connection.subscriber.desired.size === 0) yield* retire(connection)
      return true
    }),
    carries: (stream) => [...connections.values()].some(({ subscriber }) => subscriber.carries(stream)),
    onControl: (origin, control) => connections.get(idOf(origin))?.onControl(origin, control),
    booksOn: (origin) => {
      const connection = connections.get(idOf(origin))
      return connection === undefined ? [] : [...(books.get(connection) ?? [])]
    },
    renew: Effect.fnUntraced(function* (streams) {
      yield* options.interrupted(streams, "stall")
      for (const connection of new Set(streams.map((stream) => placed.get(stream))))
        connection?.subscriber.renew(streams.filter((stream) => placed.get(stream) === connection))
    }),
    abandon: (id, detail) => connections.get(id)?.abandon(detail),
    isPaused: (id) => connections.get(id)?.isPaused() ?? false,
    run: (self) =>
      Effect.scoped(
        Effect.gen(function* () {
          const supervisor = yield* makeDynamic<Connector>(self, {})
          running = supervisor
          yield* Effect.addFinalizer(() =>
            Effect.sync(() => {
              running = undefined
            }),
          )
          yield* Effect.forEach(
            [...connections.values()],
            (connection) => supervisor.start(child(connection)),
            { discard: true },
          )
          yield* self.ready
          return yield* supervisor.await
        }),
      ),
    status: () => [...connections.values()].map((connection) => connection.status()),
    resync: (streams) => {
      for (const connection of new Set(streams.map((stream) => placed.get(stream))))
        connection?.subscriber.resync(streams.filter((stream) => placed.get(stream) === connection))
    },
    troubleOf: (stream) => {
      const status = placed.get(stream)?.status()
      return status === undefined || status.state === "open" ? undefined : status.lastError
    },
    received: () => {
      const sum = { ...closed }
      for (const connection of connections.values()) {
        const { frames, bytes } = connection.received()
        sum.frames += frames
        sum.bytes += bytes
      }
      return sum
    },
  }
}
