import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import { historyLength, type Self } from "../../../src/runtime/Actor.ts"
import { Actors } from "../../../src/runtime/Actors.ts"
import * as Mailbox from "../../../src/runtime/Mailbox.ts"
import * as Supervisor from "../../../src/runtime/Supervisor.ts"
import { provide } from "./supervised.ts"

const begin = Effect.fnUntraced(function* (path: string) {
  const actors = yield* Actors
  const actor = yield* actors.register(path, "worker")
  const self = yield* actor.begin(() => {})
  return { actors, actor, self }
})

describe("the registry", () => {
  const tree = (self: Self) =>
    Supervisor.supervise(self, {}, [
      { id: "a", run: (self) => Effect.andThen(self.ready, Effect.never) },
      {
        id: "b",
        run: (self) =>
          Supervisor.supervise(self, {}, [
            { id: "c", run: (self) => Effect.andThen(self.degraded("away"), Effect.never) },
          ]),
      },
    ])

  it.effect("lists every actor, a parent before its children", () =>
    Effect.gen(function* () {
      const actors = yield* Actors
      yield* Effect.forkChild(Supervisor.root("top", tree), { startImmediately: true })
      yield* TestClock.adjust(0)
      const all = yield* actors.list
      assert.deepStrictEqual(
        all.map(({ path, kind, state }) => [path, kind, state]),
        [
          ["top", "supervisor", "running"],
          ["top/a", "worker", "running"],
          ["top/b", "supervisor", "running"],
          ["top/b/c", "worker", "degraded"],
        ],
      )
    }).pipe(provide),
  )

  it.effect("can be watched: every move, in order", () =>
    Effect.gen(function* () {
      const actors = yield* Actors
      const watching = yield* actors.changes.pipe(
        Stream.map(({ path, state }) => `${path} ${state}`),
        Stream.take(7),
        Stream.runCollect,
        Effect.forkChild({ startImmediately: true }),
      )
      const running = yield* Effect.forkChild(
        Supervisor.root("top", (self) =>
          Supervisor.supervise(self, {}, [
            { id: "a", run: (self) => Effect.andThen(self.ready, Effect.never) },
          ]),
        ),
        { startImmediately: true },
      )
      yield* TestClock.adjust(0)
      yield* Fiber.interrupt(running)
      assert.deepStrictEqual(yield* Fiber.join(watching), [
        "top starting",
        "top/a starting",
        "top/a running",
        "top running",
        "top/a stopping",
        "top/a stopped",
        "top stopped",
      ])
    }).pipe(provide),
  )

  it.effect("a watcher that does not read holds up no one", () =>
    Effect.gen(function* () {
      const { actors, actor } = yield* begin("a")
      yield* actors.changes.pipe(
        Stream.mapEffect(() => Effect.never),
        Stream.runDrain,
        Effect.forkChild({ startImmediately: true }),
      )
      for (let i = 0; i < 5_000; i++) yield* actor.move(i % 2 === 0 ? "degraded" : "running")
      assert.strictEqual(actor.state(), "running")
    }).pipe(provide),
  )

  it.effect("keeps the last moves of each, with their times", () =>
    Effect.gen(function* () {
      const { actors, self } = yield* begin("a")
      for (let i = 0; i < 100; i++) {
        yield* TestClock.adjust(1)
        yield* self.degraded(`try ${i}`)
      }
      const history = yield* actors.history("a")
      assert.strictEqual(history.length, historyLength)
      assert.deepStrictEqual(history.at(-1), { state: "degraded", at: 100, detail: "try 99" })
      assert.deepStrictEqual(yield* actors.history("b"), [])
    }).pipe(provide),
  )

  it.effect("shows the mailboxes of a living actor", () =>
    Effect.gen(function* () {
      const { actors, actor, self } = yield* begin("a")
      const mailbox = yield* Mailbox.make<number>({ name: "in", capacity: { items: 3, bytes: 10 } })
      yield* self.owns(mailbox)
      yield* self.owns(mailbox)
      mailbox.offerUnsafe(1)
      const shown = Option.getOrThrow(yield* actors.get("a")).mailboxes
      assert.deepStrictEqual(
        shown.map(({ name, items }) => [name, items]),
        [["in", 1]],
      )
      yield* actor.move("stopped")
      assert.deepStrictEqual(actor.snapshot().mailboxes, [])
    }).pipe(provide),
  )

  it.effect("refuses a second living actor of one path, and takes back one that has ended", () =>
    Effect.gen(function* () {
      const { actors, actor } = yield* begin("a")
      assert.isTrue(Exit.isFailure(yield* Effect.exit(actors.register("a", "worker"))))
      yield* actor.move("stopped")
      assert.strictEqual(yield* actors.register("a", "worker"), actor)
    }).pipe(provide),
  )

  it.effect("forgets an actor with all below it, and no other", () =>
    Effect.gen(function* () {
      const actors = yield* Actors
      for (const path of ["a", "a/b", "a/b/c", "ab"]) yield* begin(path)
      yield* actors.remove("a")
      assert.deepStrictEqual(
        (yield* actors.list).map(({ path }) => path),
        ["ab"],
      )
    }).pipe(provide),
  )
})
