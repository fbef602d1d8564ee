import { Deferred, Effect, Layer, Logger, Metric, Queue, Stream } from "effect"
import * as NodeProcess from "../../layers/process/NodeProcess.ts"
import { Metrics } from "../../services/Metrics.ts"
import { matches, Tap, type TapBatch, type TapFilter } from "../../services/Tap.ts"
import type { Envelope } from "../../src/domain/Envelope.ts"
import { children, type EdgeOptions } from "../../src/edge/Edge.ts"
import { Actors } from "../../src/runtime/Actors.ts"

interface Listener {
  readonly filter: TapFilter
  readonly queue: Queue.Queue<TapBatch>
}

/** A tap that tests speak into. */
export const makeTap = () => {
  const listeners = new Set<Listener>()
  const listen = (filter: TapFilter) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const listener = { filter, queue: yield* Queue.bounded<TapBatch>(16) }
        yield* Effect.acquireRelease(
          Effect.sync(() => listeners.add(listener)),
          () => Effect.sync(() => listeners.delete(listener)),
        )
        return Stream.fromQueue(listener.queue)
      }),
    )
  const say = (envelopes: ReadonlyArray<Envelope>, dropped = 0) =>
    Effect.forEach(listeners, ({ filter, queue }) => {
      const wanted = envelopes.filter((envelope) => matches(filter, envelope))
      return wanted.length === 0 ? Effect.void : Queue.offer(queue, { envelopes: wanted, dropped })
    })
  return { layer: Layer.succeed(Tap, Tap.of({ listen })), say, listeners: () => listeners.size }
}

/** Metrics of this test alone, actors, and the process's figures. */
export const observability = Layer.mergeAll(
  Metrics.layer,
  NodeProcess.layer,
  Actors.layer,
  Logger.layer([]),
).pipe(Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map())))

export const localhost = { host: "127.0.0.1", port: 0 } as const

/** Starts one child of the edge as an actor, in the scope; waits until it listens unless it is not expected to. */
export const startEdge = Effect.fnUntraced(function* (
  id: "api" | "metrics",
  options: Partial<EdgeOptions> = {},
) {
  const listening = yield* Deferred.make<string>()
  const specs = children({
    version: "1.2.3",
    notBuilt: ["googleCloud.pubsub"],
    server: localhost,
    exporting: false,
    ...options,
    onListening: (_, url) => Effect.asVoid(Deferred.succeed(listening, url)),
  })
  const spec = specs.find((each) => each.id === id)
  if (spec === undefined) return yield* Effect.die(new Error(`the edge has no child ${id}`))
  const actors = yield* Actors
  const actor = yield* actors.register(`millrace/edge/${id}`, "worker")
  const self = yield* actor.begin(() => {})
  const fiber = yield* Effect.forkScoped(spec.run(self))
  return { url: Deferred.await(listening), fiber, snapshot: actor.snapshot }
})

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: () => ReturnType<typeof JSON.parse>
}

/** One request by the platform's own client, as any client would send it. */
export const ask = (url: string, init: RequestInit = {}): Effect.Effect<Answer> =>
  Effect.promise(async (signal) => {
    const response = await fetch(url, { ...init, signal })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) }
  })

export const send = (method: string, url: string, body: unknown): Effect.Effect<Answer> =>
  ask(url, {
    method,
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json" },
  })
