import { Clock, Effect } from "effect"
import type { Collection, StreamStatus, SubscriptionStatus } from "../../services/Collection.ts"
import { type TaskRefused, Tasks } from "../../services/Tasks.ts"
import type { TaskFilter, TaskStoreError } from "../../services/TaskStore.ts"
import { noStatistics, type Task, type TaskState } from "../domain/Task.ts"
import { refused } from "./Checks.ts"
import { Rows } from "./Rows.ts"

/** `stream:binance:trade:BTC-USDT` */
const prefix = "stream:"

const idOf = ({ dataType, symbol, venue }: SubscriptionStatus): string =>
  `${prefix}${venue}:${dataType}:${symbol}`

const troubles: Readonly<Partial<Record<SubscriptionStatus["state"], string>>> = {
  silent: "the stream ought to deliver and does not",
  unreadable: "the stream delivers, and nothing that can be read",
}

const stateOf = ({ state }: SubscriptionStatus): TaskState => (state === "pending" ? "pending" : "running")

const rowOf = (subscription: SubscriptionStatus, stream: StreamStatus | undefined, since: number): Task => {
  const { dataType, origin, state, symbol, venue } = subscription
  return {
    spec: {
      id: idOf(subscription),
      projectId: "subscriptions",
      dataset: dataType,
      dataType,
      source: venue,
      symbols: [symbol],
      frequency: "stream",
      schedule: { kind: "stream" },
      window: {},
      batchSize: 0,
      historyDays: 0,
      params: {},
    },
    origin: origin === "config" ? "file" : "api",
    revision: 1,
    state: stateOf(subscription),
    createdAt: since,
    updatedAt: Math.floor(stream?.lastReceivedAt ?? since),
    ...(troubles[state] === undefined ? {} : { lastError: troubles[state] }),
    statistics: { ...noStatistics, runs: 1, records: stream?.records ?? 0 },
  }
}

const isolated = (id: string): Effect.Effect<never, TaskRefused> =>
  refused(
    "unsupported",
    id,
    `"${id}" is a subscription: it can be stopped or removed; POST /api/v1/subscriptions makes one`,
  )

/**
 * The same table with the subscriptions of the configuration and of the API in it, each as a task that streams: whoever
 * looks at tasks sees all that is collected. They are not stored here, and stopping one unsubscribes it. A stream that a
 * task of the table holds is shown as that task.
 */
export const withSubscriptions = Effect.fnUntraced(function* (
  table: Tasks["Service"],
  collection: Pick<Collection["Service"], "subscriptions" | "unsubscribe" | "venues">,
) {
  const since = yield* Clock.currentTimeMillis

  const rows: Effect.Effect<ReadonlyArray<Task>> = Effect.gen(function* () {
    const subscriptions = (yield* collection.subscriptions).filter(({ origin }) => origin !== "task")
    if (subscriptions.length === 0) return []
    const streams = new Map(
      (yield* collection.venues).flatMap(({ streams: all, venue }) =>
        all.map((each) => [`${venue}:${each.dataType}:${each.symbol}`, each] as const),
      ),
    )
    return subscriptions.map((each) =>
      rowOf(each, streams.get(`${each.venue}:${each.dataType}:${each.symbol}`), since),
    )
  })

  const find = (id: string): Effect.Effect<Task | undefined> =>
    id.startsWith(prefix)
      ? Effect.map(rows, (all) => all.find(({ spec }) => spec.id === id))
      : Effect.succeed(undefined)

  const list = Effect.fnUntraced(function* (filter: TaskFilter = {}) {
    const virtual = yield* rows
    if (virtual.length === 0) return yield* table.list(filter)
    const { limit = Infinity, offset = 0, ...what } = filter
    const own = yield* table.list(what)
    const streaming = new Rows()
    for (const task of virtual) streaming.set(task)
    const streams = streaming.list(what)
    const all = [...own, ...streams].sort((left, right) => (left.spec.id < right.spec.id ? -1 : 1))
    return all.slice(offset, offset + limit)
  })

  const unsubscribe = Effect.fnUntraced(function* (task: Task) {
    const { dataType, source, symbols } = task.spec
    yield* collection.unsubscribe([{ venue: source, symbols, dataTypes: [dataType] }])
    return { ...task, state: "stopped" as const }
  })

  /** What is done with a task of the table, and with a subscription. */
  const either =
    <Rest extends ReadonlyArray<unknown>, A>(
      own: (id: string, ...rest: Rest) => Effect.Effect<A, TaskRefused | TaskStoreError>,
      subscribed: (task: Task) => Effect.Effect<A, TaskRefused | TaskStoreError>,
    ) =>
    (id: string, ...rest: Rest) =>
      Effect.flatMap(find(id), (task) => (task === undefined ? own(id, ...rest) : subscribed(task)))

  const refuse = (task: Task) => isolated(task.spec.id)

  return Tasks.of({
    ...table,
    create: (spec, origin) =>
      spec.id.startsWith(prefix)
        ? refused("invalid", spec.id, `names that begin with "${prefix}" are those of subscriptions`)
        : table.create(spec, origin),
    get: (id) =>
      Effect.flatMap(find(id), (task) => (task === undefined ? table.get(id) : Effect.succeed(task))),
    list,
    update: either(table.update, refuse),
    remove: either(table.remove, unsubscribe),
    stop: either(table.stop, unsubscribe),
    start: either(table.start, Effect.succeed),
    run: either(table.run, refuse),
    versions: either(table.versions, () => Effect.succeed([])),
    rollback: either(table.rollback, refuse),
  })
})
