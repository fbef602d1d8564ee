import { Context, Deferred, Effect, Layer, Option, Schedule } from "effect"
import { type NodeAnswer, NodeControl } from "../../services/NodeControl.ts"
import type { ProcessStats } from "../../services/ProcessStats.ts"
import type { Tasks } from "../../services/Tasks.ts"
import { Actors } from "../runtime/Actors.ts"
import { NodeState } from "./NodeState.ts"
import { probe } from "./Probe.ts"

/** A node that is asked while it starts may wait for its plugin; who asks does not wait for ever. */
const patience = "60 seconds"

/** The actors that have not come up yet; `undefined` while there are none at all. */
const starting = Effect.fnUntraced(function* (actors: Actors["Service"]) {
  const list = (yield* actors.list).filter(({ path }) => path === "node" || path.startsWith("node/"))
  if (list.length === 0) return undefined
  return list.filter(({ state }) => state === "starting" || state === "restarting").map(({ path }) => path)
})

/** Everything has come up, as soon as it has. */
const init = Effect.gen(function* () {
  const actors = yield* Actors
  const { identity } = yield* NodeState
  yield* Effect.repeat(starting(actors), {
    until: (late) => late?.length === 0,
    schedule: Schedule.spaced("50 millis"),
  })
  const data = { node_id: identity.id ?? "", version: identity.version, state: "running" }
  return { status: 200, body: { success: true, data } }
})

const stillStarting: NodeAnswer = {
  status: 200,
  body: { success: false, message: "节点启动中", error: `the node has not started within ${patience}` },
}

const patiently = (answer: Effect.Effect<NodeAnswer>): Effect.Effect<NodeAnswer> =>
  Effect.map(
    Effect.timeoutOption(answer, patience),
    Option.getOrElse(() => stillStarting),
  )

type NodeServices = NodeState | Tasks | Actors | ProcessStats

/** By this a node says that it is there: the doors are open before it is. */
export class NodeEntrance extends Context.Service<
  NodeEntrance,
  { readonly enter: Effect.Effect<void, never, NodeServices> }
>()("millrace/nodes/NodeEntrance") {}

/**
 * What the doors may ask of the node of this process. It stands outside of everything, for the doors are part of what
 * the node is built on; who asks before the node has entered waits for it.
 */
export const layer: Layer.Layer<NodeControl | NodeEntrance> = Layer.effectContext(
  Effect.gen(function* () {
    const node = yield* Deferred.make<Context.Context<NodeServices>>()
    const within = <A>(effect: Effect.Effect<A, never, NodeServices>): Effect.Effect<A> =>
      Effect.flatMap(Deferred.await(node), (services) => Effect.provideContext(effect, services))
    const control = NodeControl.of({
      probe: (body) => patiently(within(probe(body))),
      init: patiently(within(init)),
    })
    const enter = Effect.flatMap(Effect.context<NodeServices>(), (services) =>
      Deferred.succeed(node, services),
    )
    return Context.make(NodeControl, control).pipe(Context.add(NodeEntrance, { enter: Effect.asVoid(enter) }))
  }),
)
