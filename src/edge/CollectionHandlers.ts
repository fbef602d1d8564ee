import { Clock, Effect, Option, Stream } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import {
  Collection,
  type Accounts,
  type InstrumentsError,
  type UnknownVenue,
} from "../../services/Collection.ts"
import { Journal } from "../../services/Journal.ts"
import { catalog } from "../../services/MetricCatalog.ts"
import { Metrics } from "../../services/Metrics.ts"
import { Tap } from "../../services/Tap.ts"
import type { ActorSnapshot } from "../runtime/Actor.ts"
import { Actors } from "../runtime/Actors.ts"
import { MillraceApi } from "./Api.ts"
import { BadRequest, Unavailable, VenueNotFound } from "./ApiErrors.ts"
import { ask, reasonsOf } from "./Ask.ts"
import { answerTo, requestParameters } from "./continuity/Answer.ts"
import { EdgeInfo } from "./EdgeInfo.ts"
import { recordLines } from "./RecordLines.ts"
import { subscriptionRequests } from "./Requests.ts"

/** JSON has no infinity: without a bound is the largest number. */
const finite = (bound: number): number => Math.min(bound, Number.MAX_SAFE_INTEGER)

const viewOf = ({ lastError, detail, mailboxes, ...actor }: ActorSnapshot) => ({
  ...actor,
  mailboxes: mailboxes.map((mailbox) => ({
    ...mailbox,
    capacityItems: finite(mailbox.capacityItems),
    capacityBytes: finite(mailbox.capacityBytes),
  })),
  ...(lastError === undefined ? {} : { lastError }),
  ...(detail === undefined ? {} : { detail }),
})

/** The journal opens after the API, and healing it may take a while: until then there is no status. */
const journalStatus = Effect.gen(function* () {
  const journal = yield* Effect.serviceOption(Journal)
  if (Option.isNone(journal)) return null
  return yield* ask("the journal", journal.value.status).pipe(
    Effect.map((status) => ({ ...status, capacityBytes: finite(status.capacityBytes) })),
    Effect.orElseSucceed(() => null),
  )
})

const status = Effect.gen(function* () {
  const collection = yield* Collection
  const actors = yield* Actors
  const { series } = yield* Metrics
  const { version, startedAt, notBuilt } = yield* EdgeInfo
  const accounts: Accounts = yield* ask("the collection", collection.accounts)
  const venues = yield* ask("the collection", collection.venues)
  const reasons = yield* reasonsOf(collection.unready)
  return {
    version,
    startedAt,
    now: yield* Clock.currentTimeMillis,
    ready: reasons.length === 0,
    reasons,
    notBuilt,
    actors: (yield* actors.list).map(viewOf),
    venues,
    accounts,
    journal: yield* journalStatus,
    deadLetters: {
      letters: series.sum(catalog.deadLettersHeld),
      bytes: series.sum(catalog.deadLettersSize),
      kept: series.values(catalog.deadLetters).map(([tags, count]) => ({ ...tags, count })),
      lost: series.values(catalog.deadLettersLost).map(([tags, count]) => ({ ...tags, count })),
      evicted: series.sum(catalog.deadLettersEvicted),
    },
    gaps: series.values(catalog.gaps).map(([tags, count]) => ({ ...tags, count })),
  }
})

const refusalOf = (error: InstrumentsError | UnknownVenue): BadRequest | Unavailable | VenueNotFound => {
  if (error._tag === "UnknownVenue") return new VenueNotFound({ error: error.message, known: error.known })
  return error.reason === "absent"
    ? new Unavailable({ error: error.detail })
    : new BadRequest({
        error: `query.pattern: ${error.detail}`,
        problems: [{ path: "query.pattern", expected: error.detail }],
      })
}

/** Everything below `/api/v1`. */
export const collectionHandlers = HttpApiBuilder.group(
  MillraceApi,
  "collection",
  Effect.fnUntraced(function* (handlers) {
    const collection = yield* Collection
    const tap = yield* Tap
    const { series } = yield* Metrics
    const tapDropped = series.counter(catalog.tapDropped, {})
    const services = yield* Effect.context<Collection | Actors | Metrics | EdgeInfo>()
    return handlers
      .handle("status", () => Effect.provideContext(status, services))
      .handle("stats", () => ask("the collection", collection.stats))
      .handle("continuity", () =>
        Effect.provideContext(Effect.flatMap(requestParameters, answerTo), services),
      )
      .handle("instruments", ({ query }) => Effect.mapError(collection.instruments(query), refusalOf))
      .handle("subscriptions", () => ask("the collection", collection.subscriptions))
      .handleRaw("subscribe", () => Effect.flatMap(subscriptionRequests, collection.subscribe))
      .handleRaw("unsubscribe", () => Effect.flatMap(subscriptionRequests, collection.unsubscribe))
      .handle("steer", ({ params: { venue, action } }) =>
        collection.steer(venue, action).pipe(
          Effect.as({ venue, action, done: true as const }),
          Effect.mapError((error) => new VenueNotFound({ error: error.message, known: error.known })),
        ),
      )
      .handle("records", ({ query: { limit, ...filter } }) =>
        Effect.succeed(
          tap.listen(filter).pipe(
            Stream.tap((batch) => Effect.sync(() => tapDropped.add(batch.dropped))),
            recordLines(limit),
          ),
        ),
      )
  }),
)
