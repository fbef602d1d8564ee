import { Clock, Effect, Latch } from "effect"
import type { SubscriptionAnswer, SubscriptionRequest, VenueStatus } from "../../../services/Collection.ts"
import type { Connector } from "../../../services/Connector.ts"
import type { Journal } from "../../../services/Journal.ts"
import { Metrics, type VenueMetrics } from "../../../services/Metrics.ts"
import type { Rest } from "../../../services/Rest.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../../exchanges/Venue.ts"
import type { Self } from "../../runtime/Actor.ts"
import type { Actors } from "../../runtime/Actors.ts"
import type { ChildSpec } from "../../runtime/ChildSpec.ts"
import type * as Mailbox from "../../runtime/Mailbox.ts"
import * as RateLimitedLog from "../../runtime/RateLimitedLog.ts"
import { supervise } from "../../runtime/Supervisor.ts"
import type { SupervisorError } from "../../runtime/SupervisorError.ts"
import { bestPricesOf } from "../books/BookSettings.ts"
import { makeBudget } from "../Budget.ts"
import { makeHandovers } from "../connections/Handovers.ts"
import { makePool } from "../connections/Pool.ts"
import { makeLiveness } from "../liveness/Liveness.ts"
import { silentAfter } from "../connections/Settings.ts"
import { countingInlet, type Inlet } from "../Inlet.ts"
import { makeParser } from "../Parser.ts"
import { type Instruments, makeInstruments } from "../instruments/Instruments.ts"
import { isSequenceGap } from "../continuity/Continuity.ts"
import { ample } from "../MemoryBudget.ts"
import { makePolls } from "../Polls.ts"
import { makeRepairs } from "../Repairs.ts"
import { makeResyncs } from "../Resyncs.ts"
import { makeSnapshots } from "../Snapshots.ts"
import { type ChainEvent, makeStreamStates } from "../StreamStates.ts"
import { allBooks, booksOf, makeEntry, type Origin, statusOf, type StreamEntry } from "../StreamTable.ts"
import { type Flow, makeFlow } from "./Flow.ts"
import { logChain, logGap, logReject, makePendingLog } from "./Log.ts"
import { makeMembership } from "./Membership.ts"
import type { VenueRestOptions } from "../VenueRest.ts"
import type { VenueRuntimeOptions } from "./VenueRuntimeOptions.ts"
import { makeSubscriptions } from "./Subscriptions.ts"
import { unreadyReasons } from "./Readiness.ts"
import { type Mailboxes, makeStages } from "./Stages.ts"
import { watch } from "./Watch.ts"

/** One venue at work: its streams, and the actors that collect them. */
export interface VenueRuntime {
  readonly venue: Venue
  readonly table: ReadonlyMap<Stream, StreamEntry>
  readonly metrics: VenueMetrics
  readonly flow: Flow
  /** Where a replay's frames go, once its parser runs. */
  readonly inlet: Effect.Effect<Pick<Mailbox.Mailbox<Inlet>, "offer" | "offerUnsafe">>
  /** Takes a stream into the table without subscribing it anywhere: a recording holds it. */
  readonly admit: (stream: Stream) => void
  readonly subscribe: (
    request: SubscriptionRequest,
    origin: Origin,
  ) => Effect.Effect<ReadonlyArray<SubscriptionAnswer>>
  readonly unsubscribe: (request: SubscriptionRequest) => Effect.Effect<ReadonlyArray<SubscriptionAnswer>>
  /** Tasks need it no more. */
  readonly release: (request: SubscriptionRequest) => Effect.Effect<void>
  /** How its REST endpoint is asked: within the weight that all who ask it share. */
  readonly rest: VenueRestOptions
  /** Its list of instruments. */
  readonly instruments: Pick<Instruments, "known" | "recall" | "status">
  /** The venue's tree; ends only by escalation. Interrupting it drains: connections close, then everything read is journaled. */
  readonly run: (self: Self) => Effect.Effect<void, SupervisorError, Connector | Rest | Journal | Actors>
  /** The same without connections and REST, for a replay that feeds `inlet`. */
  readonly runReplay: (self: Self) => Effect.Effect<void, SupervisorError, Journal | Actors>
  /** After a replay has drained: publishes deltas that waited for a snapshot that did not come. */
  readonly finishReplay: Effect.Effect<void, never, Journal>
  readonly status: (running: VenueStatus["state"]) => Effect.Effect<VenueStatus>
  /** Why it is not ready; empty when every stream is acknowledged and no book lacks a snapshot that cannot be had. */
  readonly unready: () => ReadonlyArray<string>
}

const usualRefreshMillis = 300_000

export const makeVenueRuntime = Effect.fnUntraced(function* (
  options: VenueRuntimeOptions,
): Effect.fn.Return<VenueRuntime, never, Metrics> {
  const { venue, settings, recordedSnapshots: recorded, memory = ample.venue } = options
  const metrics = (yield* Metrics).venue(venue.name)
  const log = RateLimitedLog.make()
  const pending = makePendingLog()
  const table = new Map<Stream, StreamEntry>()
  const flow = makeFlow()
  const restWeight = yield* makeBudget(venue.limits.restWeight)
  metrics.restWeightLimit.set(restWeight.limit)
  const opened = Latch.makeUnsafe(false)
  const mailboxes: Mailboxes = { inlets: undefined, records: undefined }
  const into = () => mailboxes.inlets!

  const inlet = countingInlet(into, metrics, flow)
  const handovers = makeHandovers((news) => inlet.offer(news))
  const pool = makePool({
    venue,
    wsEndpoint: options.wsEndpoint,
    proxy: options.proxy,
    settings,
    metrics,
    attempts: yield* makeBudget(venue.limits.connectAttempts),
    behind: () => flow.frames > 0,
    into: () => inlet,
    interrupted: (interrupted, cause) =>
      Effect.flatMap(Clock.currentTimeNanos, (nanos) => {
        const at = Number(nanos / 1000n) / 1000
        return Effect.asVoid(inlet.offer({ interrupted, cause, at }))
      }),
    handovers,
  })
  const rest = {
    venue,
    restEndpoint: options.restEndpoint,
    proxy: options.proxy,
    budget: restWeight,
    metrics,
  }
  const snapshots = makeSnapshots({
    ...rest,
    into,
    wanted: (stream) => table.has(stream),
    order: () => table.keys(),
  })
  const resyncs = makeResyncs({
    venue: venue.name,
    table,
    isJoined: (stream) => table.get(stream)?.chain?.last !== undefined,
    ask: pool.resync,
  })
  const bookSource = venue.depth?.snapshots.kind === "rest" ? snapshots : resyncs
  const books = () => booksOf(table, bookSource)
  const polls = makePolls({ ...rest, table, into })
  const repairs = makeRepairs({
    ...rest,
    into,
    wanted: (stream) => table.has(stream),
  })
  const liveness = makeLiveness({
    ...rest,
    table,
    pool,
    heartbeat: settings.heartbeatInterval,
    silentAfter: silentAfter(settings),
    behind: () => flow.frames,
    lasting: (interrupted, at) => inlet.offer({ interrupted, cause: "rejected", lasts: true, at }),
  })
  const parse = makeParser({
    venue,
    metrics,
    source: options.sources.stream,
    onControl: pool.onControl,
    // What a recording holds is on no connection of ours.
    booksOn: recorded === undefined ? pool.booksOn : () => allBooks(table),
    handovers,
    onReject: (rejected) => {
      const { bytes, connection, reason, snapshot, stream, ...rest } = rejected
      // A snapshot's is the chain's to say.
      if (snapshot !== true) pending.add(reason, logReject(log, venue.name, rejected, bytes, connection))
      options.quarantine?.add({
        stage: "decode",
        venue: venue.name,
        connection,
        reason,
        bytes,
        ...rest,
        // A frame is decoded again as one, whatever streams it names.
        ...(snapshot === true && stream !== undefined ? { stream: stream.key } : {}),
      })
    },
  })
  const onChain = (event: ChainEvent) => {
    pending.add(`${event.kind}:${event.stream.key}`, logChain(log, event))
    if ((event.kind !== "wanted" && event.kind !== "rejected") || recorded !== undefined) return
    bookSource.request(event.stream, event.kind === "wanted" && event.because !== "stale")
  }
  const states = makeStreamStates({
    table,
    metrics,
    flow,
    depth: venue.depth,
    books: options.books,
    bboOf: ({ instrument }) => bestPricesOf(venue, instrument),
    sources: options.sources,
    canSnapshot: ({ instrument }) => recorded === undefined || (recorded.get(instrument.native) ?? 0) > 0,
    onSnapshot: ({ instrument }) =>
      recorded?.set(instrument.native, (recorded.get(instrument.native) ?? 1) - 1),
    onChain,
    // Of one that was removed the last word is said already.
    canRepair: (stream) => recorded === undefined && table.has(stream) && repairs.canRepair(stream),
    onGapStates: options.history?.note,
    onGap: (gap) => {
      pending.add(`gap:${gap.stream.key}`, logGap(log, gap))
      if (gap.repair === "pending" && isSequenceGap(gap)) repairs.request(gap)
    },
  })

  const membership = makeMembership({
    venue,
    books: options.books,
    restart: options.restart,
    repairs,
    forget: states.forget,
  })

  const subscriptions = makeSubscriptions({
    venue,
    table,
    pool,
    polls,
    enter: membership.enter,
    onRemoved: (entry) => Effect.suspend(() => membership.leave(entry, mailboxes.inlets)),
  })
  const instruments = makeInstruments({
    ...rest,
    refreshMillis: options.refreshMillis ?? usualRefreshMillis,
    subscriptions,
  })

  const upTo =
    <R>(children: ReadonlyArray<ChildSpec<R>>) =>
    (self: Self) =>
      supervise(self, { strategy: "rest_for_one" }, children)

  const upToItsEnd =
    (children: ReadonlyArray<ChildSpec<Connector | Rest | Journal | Actors>>) => (self: Self) =>
      Effect.ensuring(upTo(children)(self), states.abandon)

  const stages = makeStages({
    mailboxes,
    memory,
    givesWay: options.givesWay,
    flow,
    metrics,
    parse,
    states,
    said: pending.flush,
    onDecoder: (from) => Effect.andThen(membership.depart(from), opened.open),
  })

  return {
    venue,
    table,
    metrics,
    flow,
    inlet: Effect.as(opened.await, inlet),
    rest,
    admit: (stream) => table.set(stream, makeEntry(stream, "replay")),
    subscribe: subscriptions.subscribe,
    unsubscribe: subscriptions.unsubscribe,
    release: subscriptions.release,
    instruments,
    run: upToItsEnd([
      { id: "budget", run: watch({ metrics, restWeight, venue, books }) },
      ...stages,
      ...(venue.depth === undefined ? [] : [{ id: "snapshots", run: bookSource.run }]),
      ...(venue.backfill === undefined ? [] : [{ id: "repairs", run: repairs.run }]),
      ...(venue.polls === undefined ? [] : [{ id: "polls", run: polls.run }]),
      { id: "connections", run: pool.run },
      { id: "liveness", run: liveness.run },
      { id: "instruments", run: instruments.run },
    ]),
    runReplay: upTo<Journal | Actors>(stages),
    finishReplay: states.finish,
    unready: () => [
      ...[instruments.unready()].filter((reason) => reason !== undefined),
      ...unreadyReasons({ venue, table, pool, snapshots: bookSource }),
    ],
    status: (state) =>
      Effect.map(restWeight.used, (used) => ({
        venue: venue.name,
        state,
        instruments: instruments.status(),
        refused: subscriptions.refused(),
        connections: pool.status(),
        streams: [...table.values()].map(statusOf),
        ...books(),
        restWeight: { used, limit: restWeight.limit },
      })),
  }
})
