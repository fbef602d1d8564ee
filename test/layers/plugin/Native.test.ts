import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { layer, type NativePlugin } from "../../../layers/plugin/Native.ts"
import { Plugin } from "../../../services/Plugin.ts"
import type { TriggerEvent } from "../../../src/domain/TriggerEvent.ts"

const event: TriggerEvent = { type: "timer", name: "t", tasks: [], tasksMd5: "empty", metadata: {} }

class Own extends Context.Service<Own, { readonly word: string }>()("test/Own") {}

const own = Layer.succeed(Own, { word: "mine" })

const withPlugin = <A, E>(
  plugin: NativePlugin<unknown, Own>,
  use: (plugin: Plugin["Service"]) => Effect.Effect<A, E>,
) => Effect.flatMap(Plugin, use).pipe(Effect.provide(layer(plugin).pipe(Layer.provide(own))))

describe("a plugin in this process", () => {
  it.effect("is called with the event, and has what it needs of its own", () =>
    Effect.gen(function* () {
      const response = yield* withPlugin(
        {
          name: "p",
          heartbeatExtra: Effect.map(Own, ({ word }) => ({ word })),
          onTrigger: ({ name }) =>
            Effect.map(Own, ({ word }) => ({ task_results: [{ task_id: name, status: 2, result: word }] })),
        },
        (plugin) =>
          Effect.all([plugin.onTrigger(event), plugin.heartbeatExtra, Effect.as(plugin.ready, plugin.url)]),
      )
      assert.deepStrictEqual(response[0].task_results, [{ task_id: "t", status: 2, result: "mine" }])
      assert.deepStrictEqual(response[1], { word: "mine" })
      assert.isUndefined(response[2])
    }),
  )

  it.effect("may answer nothing", () =>
    Effect.gen(function* () {
      const plugin = { name: "p", onTrigger: () => Effect.void }
      assert.deepStrictEqual((yield* withPlugin(plugin, (made) => made.onTrigger(event))).task_results, [])
    }),
  )

  it.effect("that fails or throws has failed, and nothing else has", () =>
    Effect.gen(function* () {
      const failing: ReadonlyArray<NativePlugin<unknown, Own>["onTrigger"]> = [
        () => Effect.fail(new Error("no luck")),
        () => Effect.die(new Error("no luck")),
        () => {
          throw new Error("no luck")
        },
      ]
      for (const onTrigger of failing) {
        const error = yield* Effect.flip(
          withPlugin({ name: "p", onTrigger }, (made) => made.onTrigger(event)),
        )
        assert.deepInclude(error, { reason: "failed", detail: "no luck" })
      }
    }),
  )

  it.effect("that takes too long has failed, where it has a limit; one that is never ready too", () =>
    Effect.gen(function* () {
      const plugin: NativePlugin<unknown, Own> = {
        name: "p",
        ready: Effect.never,
        readyTimeout: "4 seconds",
        answerTimeout: "30 seconds",
        onTrigger: () => Effect.never,
      }
      const waiting = yield* Effect.forkChild(
        withPlugin(plugin, (made) =>
          Effect.all([Effect.flip(made.ready), Effect.flip(made.onTrigger(event))]),
        ),
      )
      yield* TestClock.adjust("34 seconds")
      const [unready, late] = yield* Fiber.join(waiting)
      assert.strictEqual(unready.message, "plugin p: not ready after 4s")
      assert.strictEqual(late.reason, "timeout")
    }),
  )
})
