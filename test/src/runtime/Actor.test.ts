import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Logger, Option, References } from "effect"
import { TestClock } from "effect/testing"
import { Actors } from "../../../src/runtime/Actors.ts"
import { type ActorState, canMove, IllegalMove, legalMoves } from "../../../src/runtime/ActorState.ts"
import * as Supervisor from "../../../src/runtime/Supervisor.ts"

const states = Object.keys(legalMoves) as ReadonlyArray<ActorState>

/** By legal moves only. */
const ways: { readonly [State in ActorState]: ReadonlyArray<ActorState> } = {
  starting: [],
  running: ["running"],
  degraded: ["degraded"],
  restarting: ["restarting"],
  stopping: ["stopping"],
  stopped: ["stopped"],
  failed: ["failed"],
}

const begin = Effect.fnUntraced(function* (path: string) {
  const actors = yield* Actors
  const actor = yield* actors.register(path, "worker")
  const self = yield* actor.begin(() => {})
  return { actors, actor, self }
})

const isIllegal = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof IllegalMove

/** What is logged by `effect`, with the actor that it is about. */
const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>(({ fiber, logLevel, message }) => {
      const annotations = fiber.getRef(References.CurrentLogAnnotations)
      lines.push(
        `${logLevel} ${String(annotations["actor"])}: ${String(Array.isArray(message) ? message[0] : message)}`,
      )
    })
    yield* effect.pipe(Effect.provide(Logger.layer([logger])))
    return lines
  })

const provide = Effect.provide(Actors.layer)

describe("an actor's state", () => {
  for (const from of states)
    for (const to of states)
      it.effect(`${from} → ${to} is ${canMove(from, to) ? "a move" : "refused"}`, () =>
        Effect.gen(function* () {
          const { actor } = yield* begin("a")
          for (const step of ways[from]) yield* actor.move(step)
          assert.strictEqual(actor.state(), from)
          const exit = yield* Effect.exit(actor.move(to))
          assert.strictEqual(isIllegal(exit), !canMove(from, to))
          assert.strictEqual(actor.state(), canMove(from, to) ? to : from)
        }).pipe(provide),
      )

  it.effect("refused moves are in the log, under the actor", () =>
    Effect.gen(function* () {
      const { actor } = yield* begin("a")
      yield* actor.move("stopped")
      const lines = yield* logged(Effect.exit(actor.move("running")))
      assert.deepStrictEqual(lines, [
        "Error a: actor a cannot move from stopped to running: there is no such move",
      ])
    }).pipe(provide),
  )

  it.effect("is what its own code says, while it lives: ready, degraded, ready again", () =>
    Effect.gen(function* () {
      const { actor, self } = yield* begin("a")
      yield* self.degraded("broker away")
      assert.deepInclude(actor.snapshot(), { state: "degraded", detail: "broker away", restarts: 0 })
      yield* self.degraded("disk full")
      assert.deepInclude(actor.snapshot(), { state: "degraded", detail: "disk full" })
      yield* self.ready
      yield* self.ready
      assert.deepInclude(actor.snapshot(), { state: "running", detail: undefined })
      assert.deepStrictEqual(
        actor.history().map(({ state }) => state),
        ["starting", "degraded", "degraded", "running"],
      )
    }).pipe(provide),
  )

  it.effect("is not changed by one who does not know yet that it is stopping", () =>
    Effect.gen(function* () {
      const { actor, self } = yield* begin("a")
      yield* actor.move("stopping")
      yield* self.ready
      yield* self.degraded("away")
      assert.strictEqual(actor.state(), "stopping")
    }).pipe(provide),
  )

  it.effect("is not changed by the word of one that has ended, nor of an earlier incarnation", () =>
    Effect.gen(function* () {
      const { actor, self } = yield* begin("a")
      yield* actor.move("restarting")
      assert.isTrue(isIllegal(yield* Effect.exit(self.ready)))
      yield* actor.begin(() => {})
      assert.isTrue(isIllegal(yield* Effect.exit(self.degraded("old news"))))
      assert.deepInclude(actor.snapshot(), { state: "starting", restarts: 1 })
    }).pipe(provide),
  )
})

describe("the failure of an actor", () => {
  it.effect("is in the log under its path, with what follows", () =>
    Effect.gen(function* () {
      const lines = yield* logged(
        Effect.exit(
          Supervisor.root("top", (self) =>
            Supervisor.supervise(self, { intensity: { max: 0, within: 1 } }, [
              { id: "a", run: () => Effect.fail("bad"), restart: "temporary" },
              { id: "b", run: () => Effect.die(new Error("worse")) },
            ]),
          ),
        ),
      )
      assert.deepStrictEqual(lines, [
        "Error top/a: failed; it is not restarted",
        "Error top/b: failed once too often",
        "Error top: top gave up: more than 0 restarts within 1 ms, the last of top/b: worse",
        "Error top: failed",
      ])
    }).pipe(provide),
  )

  it.effect("is its last error, which stays when it runs again", () =>
    Effect.gen(function* () {
      const actors = yield* Actors
      let runs = 0
      yield* Effect.forkChild(
        Supervisor.root("top", (self) =>
          Supervisor.supervise(self, {}, [
            {
              id: "a",
              run: (self) =>
                ++runs === 1
                  ? Effect.die(new Error("x".repeat(10_000)))
                  : Effect.andThen(self.ready, Effect.never),
            },
          ]),
        ),
        { startImmediately: true },
      )
      yield* TestClock.adjust("1 second")
      const actor = Option.getOrThrow(yield* actors.get("top/a"))
      assert.deepInclude(actor, { state: "running", restarts: 1 })
      assert.match(actor.lastError!, /^x{500}…$/)
    }).pipe(provide),
  )

  it.effect("in the log of its own lines carries its path too", () =>
    Effect.gen(function* () {
      const lines = yield* logged(
        Supervisor.root("top", (self) =>
          Supervisor.supervise(self, {}, [
            { id: "a", restart: "transient", run: () => Effect.logInfo("hello") },
          ]),
        ),
      )
      assert.deepStrictEqual(lines, ["Info top/a: hello"])
    }).pipe(provide),
  )
})
