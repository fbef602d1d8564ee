import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { Metrics } from "../../../services/Metrics.ts"
import { ControlPlane, ControlPlaneError } from "../../../src/nodes/ControlPlane.ts"
import { NodeState } from "../../../src/nodes/NodeState.ts"
import { makeStatusReports } from "../../../src/nodes/StatusReports.ts"
import type { Self } from "../../../src/runtime/Actor.ts"

const identity = { id: "n", version: "v1", os: "linux", arch: "amd64", engine: "node24", cpus: 1 }

const self: Self = { path: "r", ready: Effect.void, degraded: () => Effect.void, owns: () => Effect.void }

/** Reports at work under a control plane that answers by a script, and when it was asked, in seconds. */
const reporting = Effect.fnUntraced(function* (
  script: (number: number) => Effect.Effect<string, ControlPlaneError>,
) {
  const heard: Array<{ readonly at: number; readonly id: string }> = []
  const plane = ControlPlane.of({
    post: (_url, body) =>
      Effect.clockWith((clock) => {
        heard.push({ at: clock.currentTimeMillisUnsafe() / 1000, id: JSON.parse(body).id as string })
        return script(heard.length - 1)
      }),
  })
  const reports = yield* makeStatusReports.pipe(
    Effect.provide([
      Layer.succeed(ControlPlane, plane),
      NodeState.layer(identity, { serverIp: "127.0.0.1", serverPort: 1 }),
      Metrics.layer,
    ]),
  )
  yield* Effect.forkChild(reports.run(self).pipe(Effect.provide(Logger.layer([]))), {
    startImmediately: true,
  })
  return { heard, ...reports }
})

const busy = Effect.fail(new ControlPlaneError({ url: "http://127.0.0.1:1", detail: "HTTP 503: busy" }))

describe("reports of what became of tasks", () => {
  it.effect("are tried three times, half a second and a second apart, and hold nobody up", () =>
    Effect.gen(function* () {
      const { heard, report } = yield* reporting(() => busy)
      yield* report([{ task_id: "a", status: 2, result: "" }])
      for (let step = 0; step < 200; step++) yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(heard, [
        { at: 0, id: "a" },
        { at: 0.5, id: "a" },
        { at: 1.5, id: "a" },
      ])
    }),
  )

  it.effect("go on past one that hangs, and stop once they were taken", () =>
    Effect.gen(function* () {
      const { heard, report } = yield* reporting((number) =>
        number === 0 ? Effect.never : number === 1 ? busy : Effect.succeed(""),
      )
      yield* report(["hangs", "late", "c"].map((task_id) => ({ task_id, status: 4, result: "r" })))
      for (let step = 0; step < 10; step++) yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(
        heard.map(({ at, id }) => [id, at]),
        [
          ["hangs", 0],
          ["late", 0],
          ["c", 0],
          ["late", 0.5],
        ],
      )
    }),
  )
})
