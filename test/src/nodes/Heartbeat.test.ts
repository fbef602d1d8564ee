import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { Metrics } from "../../../services/Metrics.ts"
import { ProcessStats } from "../../../services/ProcessStats.ts"
import { ControlPlane, ControlPlaneError } from "../../../src/nodes/ControlPlane.ts"
import { DnsRecords } from "../../../src/nodes/dns/DnsRecords.ts"
import { heartbeat } from "../../../src/nodes/Heartbeat.ts"
import { leased } from "../../../src/nodes/Lease.ts"
import { NodeState } from "../../../src/nodes/NodeState.ts"
import type { Self } from "../../../src/runtime/Actor.ts"
import { memoryTable } from "../../support/taskTable.ts"

const identity = { id: "n", version: "v1", os: "linux", arch: "amd64", engine: "node24", cpus: 1 }

const self: Self = {
  path: "node/heartbeat",
  ready: Effect.void,
  degraded: () => Effect.void,
  owns: () => Effect.void,
}

/** Answers by a script, and remembers when it was asked, in seconds, and what it was told. */
const makePlane = (script: (number: number) => Effect.Effect<string, ControlPlaneError>) => {
  const heard: Array<{ readonly at: number; readonly body: Readonly<Record<string, unknown>> }> = []
  const layer = Layer.succeed(
    ControlPlane,
    ControlPlane.of({
      post: (_url, body) =>
        Effect.clockWith((clock) => {
          heard.push({ at: clock.currentTimeMillisUnsafe() / 1000, body: JSON.parse(body) })
          return script(heard.length - 1)
        }),
    }),
  )
  return { heard, layer }
}

const reading: Effect.Success<ProcessStats["Service"]["read"]> = {
  cpuSeconds: 5,
  residentBytes: 64 * 1024 * 1024,
  heapBytes: 1,
  uptimeSeconds: 50,
  eventLoopDelay: { p50: 0, p99: 0, max: 0 },
  eventLoopUtilization: 0,
}

/** A node that beats each ten seconds, for so many seconds. */
const beating = (plane: Layer.Layer<ControlPlane>, seconds: number) =>
  Effect.gen(function* () {
    const state = yield* NodeState
    yield* state.worked({})
    yield* state.worked({ error: "t: upstream 429" })
    const beats = heartbeat({
      next: (after) => (Math.floor(after / 10_000) + 1) * 10_000,
      atOnce: false,
      extra: Effect.succeed({ capabilities: ["kline"] }),
    })
    yield* Effect.forkChild(beats(self))
    for (let second = 0; second < seconds; second++) yield* TestClock.adjust("1 second")
  }).pipe(
    Effect.provide([
      plane,
      NodeState.layer(identity, { serverIp: "127.0.0.1", serverPort: 1 }),
      DnsRecords.layer,
      Metrics.layer,
      leased(memoryTable),
      Layer.succeed(ProcessStats, ProcessStats.of({ read: Effect.succeed(reading) })),
      Logger.layer([]),
    ]),
  )

const answer = (data: object = {}) => JSON.stringify({ code: 200, message: "success", data: [data] })

describe("heartbeats", () => {
  it.effect("that are not answered are tried 5 times, 1, 2, 4 and 8 s apart, and do not overlap", () => {
    const { heard, layer } = makePlane(() =>
      Effect.fail(new ControlPlaneError({ url: "http://127.0.0.1:1", detail: "HTTP 500: boom" })),
    )
    return Effect.gen(function* () {
      yield* beating(layer, 46)
      // The one due at 20 s falls into the tries of the one before: it is left out.
      assert.deepStrictEqual(
        heard.map(({ at }) => at),
        [10, 11, 13, 17, 25, 30, 31, 33, 37, 45],
      )
    })
  })

  it.effect("whose answer is not understood are not tried again before the next one is due", () => {
    const { heard, layer } = makePlane((number) =>
      Effect.succeed(number === 0 ? "<html>" : '{"code":401,"message":"no auth","data":[]}'),
    )
    return Effect.gen(function* () {
      yield* beating(layer, 35)
      assert.deepStrictEqual(
        heard.map(({ at }) => at),
        [10, 20, 30],
      )
    })
  })

  it.effect("say how the node fares to a control plane that gives leases, and to no other", () => {
    const { heard, layer } = makePlane((number) =>
      Effect.succeed(number === 0 ? answer() : answer({ lease_seconds: 15 })),
    )
    return Effect.gen(function* () {
      yield* beating(layer, 35)
      const [before, asked, after] = heard.map(({ body }) => body)
      assert.sameMembers(Object.keys(before!), [
        "capabilities",
        "metadata",
        "node_id",
        "node_type",
        "tasks_md5",
      ])
      assert.notProperty(asked, "metrics")
      assert.deepStrictEqual(after!["metrics"], {
        cpu_usage: 10,
        error_count: 1,
        last_error: "t: upstream 429",
        memory_usage: 64,
        success_rate: 0.5,
        task_count: 0,
      })
    })
  })
})

describe("a control plane that takes a request and says nothing", () => {
  it.effect("is waited for as long as was said, and no longer", () =>
    Effect.gen(function* () {
      const silent = ControlPlane.layer.pipe(
        Layer.provide(
          Layer.succeed(
            HttpClient.HttpClient,
            HttpClient.make(() => Effect.never),
          ),
        ),
      )
      for (const timeout of ["5 seconds", "10 seconds"] as const) {
        let said = ""
        yield* Effect.forkChild(
          Effect.flatMap(ControlPlane, ({ post }) => Effect.flip(post("http://plane", "{}", timeout))).pipe(
            Effect.map(({ message }) => void (said = message)),
            Effect.provide(silent),
          ),
        )
        yield* TestClock.adjust(timeout === "5 seconds" ? "4900 millis" : "9900 millis")
        assert.strictEqual(said, "")
        yield* TestClock.adjust("200 millis")
        assert.strictEqual(said, `http://plane: no answer in ${timeout}`)
      }
    }),
  )
})
