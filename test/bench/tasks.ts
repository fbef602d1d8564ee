import { NodeServices } from "@effect/platform-node"
import { Clock, Effect, Layer, Logger } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as Sqlite from "../../layers/task-store/Sqlite.ts"
import { Metrics } from "../../services/Metrics.ts"
import { type TaskRun, TaskRunner } from "../../services/TaskRunner.ts"
import { Tasks } from "../../services/Tasks.ts"
import { TaskStore } from "../../services/TaskStore.ts"
import { utc } from "../../src/domain/cron/TimeZone.ts"
import { Actors } from "../../src/runtime/Actors.ts"
import * as TaskTable from "../../src/tasks/TaskTable.ts"
import { specOf, taskOf } from "../support/tasks.ts"
import { mega, type Row } from "./support/table.ts"

const scheduled = 1000
const listed = 10_000

const millis = (value: number): string => `${value.toFixed(1)} ms`

const quantile = (values: ReadonlyArray<number>, at: number): number =>
  values.toSorted((left, right) => left - right)[Math.ceil(at * values.length) - 1] ?? Number.NaN

const residentAfterCollecting = (): number => {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  for (let n = 0; n < 3; n++) collect()
  return process.memoryUsage().rss
}

/** The middle of some tries. */
const median = Effect.fnUntraced(function* <A, E>(effect: Effect.Effect<A, E>) {
  const took: Array<number> = []
  for (let n = 0; n < 9; n++) {
    const begin = performance.now()
    yield* effect
    took.push(performance.now() - begin)
  }
  return quantile(took, 0.5)
})

const store = (name: string) =>
  Layer.unwrap(
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-bench-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true })),
      ),
      (folder) => Sqlite.layer({ path: join(folder, name) }),
    ),
  ).pipe(Layer.provide(NodeServices.layer))

/** Every task once a second, spread over it as cron has it; each run is over at once. */
const schedule = Effect.fnUntraced(function* (seconds: number) {
  const lags: Array<number> = []
  const runner = TaskRunner.of({
    check: () => Effect.void,
    sourceOf: ({ source }) => source,
    forget: () => Effect.void,
    run: ({ task }: TaskRun) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        // A run that was due at a whole second.
        lags.push(now - Math.floor(now / 1000) * 1000)
        return { outcome: "completed" as const, records: task.revision, requests: 1 }
      }),
  })
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const idle = residentAfterCollecting()
      const context = yield* Layer.build(
        TaskTable.layer({
          concurrency: 64,
          perSource: 64,
          timers: true,
          zone: utc,
          retentionMillis: 86_400_000,
          file: [],
          plane: { runs: true, heldAtStart: true },
        }).pipe(
          Layer.provide([
            Layer.succeed(TaskRunner, runner),
            store("schedule.db"),
            Metrics.layer,
            Actors.layer,
          ]),
        ),
      )
      const tasks = yield* Effect.provideContext(Effect.service(Tasks), context)
      yield* Effect.forEach(
        Array.from({ length: scheduled }, (_, index) => index),
        (index) =>
          tasks.create(
            specOf(`task-${index}`, {
              // A fiftieth of them each second.
              schedule: { kind: "cron", expression: `${index % 50}/50 * * * * * *` },
            }),
            "api",
          ),
        { concurrency: 100, discard: true },
      )
      yield* Effect.sleep(1500)
      lags.length = 0
      yield* Effect.sleep(seconds * 1000)
      return { lags: [...lags], more: residentAfterCollecting() - idle }
    }),
  )
})

/** What it takes to look at many: in the table, where everyone looks, and in the store, as a start does. */
const look = Effect.scoped(
  Effect.gen(function* () {
    const all = Array.from({ length: listed }, (_, index) =>
      taskOf(
        `task-${String(index).padStart(5, "0")}`,
        { state: "completed" },
        { symbols: [`S${index}-USDT`] },
      ),
    )
    const context = yield* Layer.build(store("look.db"))
    const kept = yield* Effect.provideContext(Effect.service(TaskStore), context)
    yield* kept.save(all)
    const table = yield* Layer.build(
      TaskTable.layer({
        concurrency: 1,
        perSource: 1,
        timers: false,
        zone: utc,
        retentionMillis: 1e15,
        file: [],
        plane: { runs: true, heldAtStart: true },
      }).pipe(
        Layer.provide([
          Layer.succeed(
            TaskRunner,
            TaskRunner.of({
              check: () => Effect.void,
              sourceOf: ({ source }) => source,
              forget: () => Effect.void,
              run: () => Effect.succeed({ outcome: "completed", records: 0, requests: 0 }),
            }),
          ),
          Layer.succeed(TaskStore, kept),
          Metrics.layer,
          Actors.layer,
        ]),
      ),
    )
    const tasks = yield* Effect.provideContext(Effect.service(Tasks), table)
    return {
      list: yield* median(tasks.list()),
      search: yield* median(tasks.list({ text: "s98 binance kline" })),
      storeList: yield* median(kept.list()),
      storeSearch: yield* median(kept.list({ text: "s98 binance kline" })),
    }
  }),
)

/** The task table: how late runs begin, what a thousand tasks take, and how fast ten thousand are looked through. */
export const tasksBench = ({ quick }: { readonly quick: boolean }) =>
  Effect.gen(function* () {
    const { lags, more } = yield* schedule(quick ? 5 : 50)
    const { list, search, storeList, storeSearch } = yield* look
    const row = (figure: string, value: string, target?: string): Row => ({
      bench: "tasks",
      figure,
      value,
      ...(target === undefined ? {} : { target }),
    })
    return [
      row(`${scheduled} tasks, ${lags.length} runs: begun late, p50`, millis(quantile(lags, 0.5))),
      row("p99", millis(quantile(lags, 0.99)), "< 50 ms"),
      row("memory more than idle", mega(more), "< 100 MB"),
      row(`${listed} tasks listed`, millis(list), "< 50 ms"),
      row("searched", millis(search), "< 50 ms"),
      row("read from the SQLite store", millis(storeList)),
      row("searched there", millis(storeSearch)),
    ]
  }).pipe(Effect.provide(Logger.layer([])), Effect.orDie)
