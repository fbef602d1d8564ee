import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Memory from "../../../layers/task-store/Memory.ts"
import * as Sqlite from "../../../layers/task-store/Sqlite.ts"
import { type TaskFilter, TaskStore, type TaskStoreError } from "../../../services/TaskStore.ts"
import { type Task, taskStates } from "../../../src/domain/Task.ts"
import { taskStoreContract } from "../../contract/TaskStore.ts"
import { disksAbsent, smallDisk } from "../../support/disk.ts"
import { temporaryFolder } from "../../support/process.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"
import { checkpointOf, noon, taskOf } from "../../support/tasks.ts"

const inFile = (path: string, maxBytes?: number) =>
  Sqlite.layer({ path, ...(maxBytes === undefined ? {} : { maxBytes }) }).pipe(
    Layer.provide(NodeServices.layer),
  )

taskStoreContract({
  name: "an SQLite file",
  make: Effect.map(temporaryFolder, (folder) => inFile(join(folder, "data", "tasks.db"))),
})

const words = ["btc", "eth-usdt", "BTCUSDT", "kline", "a-b", "\u4efb\u52a1", "429"]

const someTask = (dice: Dice): Task =>
  taskOf(
    `task-${dice.int(12)}`,
    {
      revision: 1 + dice.int(5),
      state: dice.pick(taskStates),
      origin: dice.pick(["api", "plane", "file"]),
      updatedAt: noon + dice.int(1000),
      ...(dice.chance(0.3) ? { nextRun: noon } : {}),
      ...(dice.chance(0.3) ? { lastError: dice.pick(words) } : {}),
    },
    { projectId: dice.pick(["p", "q"]), symbols: [dice.pick(words), dice.pick(words)] },
  )

const someFilter = (dice: Dice): TaskFilter => ({
  ...(dice.chance(0.3) ? { projectId: dice.pick(["p", "q"]) } : {}),
  ...(dice.chance(0.3) ? { state: dice.pick(taskStates) } : {}),
  ...(dice.chance(0.3) ? { origin: dice.pick(["api", "plane", "file"] as const) } : {}),
  ...(dice.chance(0.5) ? { text: dice.pick(words).slice(0, 1 + dice.int(4)) } : {}),
  ...(dice.chance(0.3) ? { limit: dice.int(5), offset: dice.int(3) } : {}),
})

describe("a store of tasks in an SQLite file", () => {
  it.live("says the same as one in memory, whatever happened", () =>
    withSeeds(4, (dice) =>
      Effect.scoped(
        Effect.gen(function* () {
          const folder = yield* temporaryFolder
          const stores = yield* Effect.forEach([Memory.layer, inFile(join(folder, "tasks.db"))], (layer) =>
            Effect.map(Layer.build(layer), (context) => Context.get(context, TaskStore)),
          )
          const both = <A>(ask: (store: TaskStore["Service"]) => Effect.Effect<A, TaskStoreError>) =>
            Effect.gen(function* () {
              const [inMemory, onDisk] = yield* Effect.forEach(stores, ask)
              assert.deepStrictEqual(onDisk, inMemory)
            })
          for (let round = 0; round < 80; round++) {
            const tasks = Array.from({ length: dice.int(4) }, () => someTask(dice))
            yield* both((store) => store.save(tasks))
            const id = `task-${dice.int(12)}`
            if (dice.chance(0.2)) yield* both((store) => store.saveCheckpoint(checkpointOf(id)))
            if (dice.chance(0.1)) yield* both((store) => store.remove([id]))
            const before = noon + dice.int(1000)
            if (dice.chance(0.1)) yield* both((store) => store.sweep(before))
            const filter = someFilter(dice)
            yield* both((store) => store.list(filter))
            yield* both((store) => store.versions(id))
            yield* both((store) => store.checkpoint(id))
          }
        }),
      ).pipe(Effect.orDie),
    ),
  )

  const using = <A, E>(path: string, use: Effect.Effect<A, E, TaskStore>, maxBytes?: number) =>
    Effect.scoped(Effect.provide(use, inFile(path, maxBytes)))
  const save = (...tasks: ReadonlyArray<Task>) => Effect.flatMap(TaskStore, (store) => store.save(tasks))
  const ids = Effect.flatMap(TaskStore, (store) =>
    Effect.map(store.list(), (tasks) => tasks.map(({ spec }) => spec.id)),
  )

  it.live("outlives the process: what was saved is read by the next, and continued", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "tasks.db")
      yield* using(path, save(taskOf("a"), taskOf("b")))
      yield* using(path, save(taskOf("c")))
      assert.deepStrictEqual(yield* using(path, ids), ["a", "b", "c"])
    }),
  )

  it.live("is not begun by being looked at", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "data", "tasks.db")
      yield* using(
        path,
        Effect.gen(function* () {
          const store = yield* TaskStore
          assert.deepStrictEqual(yield* store.list({ text: "x" }), [])
          yield* store.remove(["a"])
          yield* store.saveCheckpoint(checkpointOf("a"))
          assert.strictEqual(yield* store.sweep(noon), 0)
        }),
      )
      assert.isFalse(existsSync(join(path, "..")))
    }),
  )

  it.live("belongs to one process at a time: a second one is refused, and may try again", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "tasks.db")
      yield* using(
        path,
        Effect.gen(function* () {
          yield* save(taskOf("mine"))
          const refused = yield* Effect.flip(using(path, save(taskOf("theirs"))))
          assert.strictEqual(refused.reason, "io")
          assert.match(refused.message, /tasks\.db: another process holds it: stop that one/)
          assert.deepStrictEqual(yield* ids, ["mine"])
        }),
      )
      yield* using(path, save(taskOf("theirs")))
    }),
  )

  it.live("refuses what is no store of tasks by name, and leaves it as it is", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const path = join(folder, "tasks.db")
      const refusal = Effect.flip(using(path, save(taskOf("a"))))
      writeFileSync(path, "these are not the rows you are looking for".repeat(100))
      const garbage = readFileSync(path)
      const none = yield* refusal
      assert.strictEqual(none.reason, "unreadable")
      assert.match(none.message, /is no SQLite database.*move it away/)
      assert.deepStrictEqual(readFileSync(path), garbage)
      rmSync(path)
      const foreign = new DatabaseSync(path)
      foreign.exec("CREATE TABLE mine (x); PRAGMA application_id = 7")
      foreign.close()
      assert.match((yield* refusal).message, /is a database of another program/)
      rmSync(path)
      yield* using(path, save(taskOf("a")))
      const later = new DatabaseSync(path)
      later.exec("PRAGMA user_version = 99")
      later.close()
      const newer = yield* refusal
      assert.strictEqual(newer.reason, "unreadable")
      assert.match(newer.message, /written by a later version of Millrace \(layout 99/)
    }),
  )

  it.live("goes on, with a new file, once a damaged one was moved away", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const path = join(folder, "tasks.db")
      writeFileSync(path, Buffer.alloc(8192, 7))
      yield* using(
        path,
        Effect.gen(function* () {
          assert.strictEqual((yield* Effect.flip(ids)).reason, "unreadable")
          renameSync(path, join(folder, "damaged.db"))
          yield* save(taskOf("a"))
          assert.deepStrictEqual(yield* ids, ["a"])
        }),
      )
    }),
  )

  it.live("says why its folder cannot be made, and goes on once it can", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const path = join(folder, "data", "tasks.db")
      writeFileSync(join(folder, "data"), "a file where the folder should be")
      yield* using(
        path,
        Effect.gen(function* () {
          const refused = yield* Effect.flip(save(taskOf("a")))
          assert.strictEqual(refused.reason, "io")
          assert.match(refused.message, /folder cannot be made.*set another `tasks\.path`/)
          rmSync(join(folder, "data"))
          mkdirSync(join(folder, "data"))
          yield* save(taskOf("a"))
        }),
      )
    }),
  )

  const bulky = (id: string) => taskOf(id, {}, { params: { text: id.repeat(2000) } })

  /** Saves until it cannot, and how many it could. */
  const untilFull = Effect.gen(function* () {
    for (let count = 0; ; count++) {
      const saved = yield* Effect.result(save(bulky(`task-${count}`)))
      if (saved._tag === "Failure") return { count, failure: saved.failure }
    }
  })

  it.live("is full at its size, says so, keeps what it has, and takes more once some was removed", () =>
    Effect.gen(function* () {
      const path = join(yield* temporaryFolder, "tasks.db")
      yield* using(
        path,
        Effect.gen(function* () {
          const { count, failure } = yield* untilFull
          assert.strictEqual(failure.reason, "full")
          assert.match(failure.message, /set a larger `tasks\.maxSize`, or remove tasks/)
          assert.isAbove(count, 10)
          assert.lengthOf(yield* ids, count)
          yield* (yield* TaskStore).remove(["task-0", "task-1", "task-2"])
          yield* save(bulky("again"))
          assert.lengthOf(yield* ids, count - 2)
        }),
        1024 * 1024,
      )
    }),
  )

  it.live.skipIf(disksAbsent)(
    "says that the disk is full, loses nothing saved, and goes on once there is room",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const disk = yield* smallDisk(join(folder, "small"))
        const path = join(folder, "small", "tasks.db")
        yield* using(
          path,
          Effect.gen(function* () {
            yield* save(taskOf("before"))
            yield* disk.fill
            const { count, failure } = yield* untilFull
            assert.strictEqual(failure.reason, "full")
            assert.lengthOf(yield* ids, count + 1)
            yield* disk.free
            yield* save(taskOf("after"))
            assert.lengthOf(yield* ids, count + 2)
          }),
        )
        const { length } = yield* using(path, ids)
        assert.isAbove(length, 1)
      }),
  )
})
