import { Clock, Effect } from "effect"
import type { Self } from "../Actor.ts"
import { Actors } from "../Actors.ts"
import { type ChildSpec, type ResolvedOptions, resolveOptions, type SupervisorOptions } from "../ChildSpec.ts"
import type { SupervisorError } from "../SupervisorError.ts"
import * as Child from "./Child.ts"
import * as RestartIntensity from "./RestartIntensity.ts"
import * as Signal from "./Signal.ts"

/** Milliseconds of a clock that only goes forward: no deadline and no wait may depend on someone setting the time. */
export const now: Effect.Effect<number> = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

/** Something asked of a supervisor, done in its own fiber. */
export type Request = (now: number) => Effect.Effect<void>

/** What children need of the context is what their supervisor's own fiber has: its callers' types see to that. */
export const closed = <R>(spec: ChildSpec<R>): ChildSpec => spec as ChildSpec

/** All that a supervisor knows. Its one fiber decides everything from this, at one moment: no two decisions can cross. */
export interface State {
  readonly self: Self
  readonly options: ResolvedOptions
  /** Children come and go: they do not wait for each other, and are forgotten when they are over. */
  readonly dynamic: boolean
  readonly actors: Actors["Service"]
  readonly signal: Signal.Signal
  readonly intensity: RestartIntensity.RestartIntensity
  /** In the order in which they start. */
  readonly children: Array<Child.Child>
  /** Ended, and not yet seen to: at most one entry for each child. */
  readonly ended: Array<Child.Child>
  /** At most one entry for each fiber that waits for its answer. */
  readonly requests: Array<Request>
  /** Why it gives up. */
  outcome: SupervisorError | undefined
  shuttingDown: boolean
  /** It takes no more requests. */
  finished: boolean
}

export const make = Effect.fnUntraced(function* (self: Self, options: SupervisorOptions, dynamic: boolean) {
  const resolved = resolveOptions(options)
  const actors = yield* Actors
  yield* actors.supervises(self.path)
  const state: State = {
    self,
    options: resolved,
    dynamic,
    actors,
    signal: yield* Signal.make,
    intensity: RestartIntensity.make(resolved.limit),
    children: [],
    ended: [],
    requests: [],
    outcome: undefined,
    shuttingDown: false,
    finished: false,
  }
  return state
})

export const pathOf = (state: State, child: Child.Child): string => `${state.self.path}/${child.id}`

export const inGroups = (state: State): boolean => state.options.strategy !== "one_for_one"

/** A wrong id is a defect of the code that named the child. */
export const checkId = (state: State, id: string): void => {
  if (id === "" || id.includes("/"))
    throw new TypeError(
      `${state.self.path}: "${id}" cannot be a child's id: it must not be empty nor contain "/"`,
    )
}

export const add = (state: State, spec: ChildSpec): Child.Child => {
  checkId(state, spec.id)
  if (state.children.some((child) => child.id === spec.id))
    throw new TypeError(
      `${state.self.path}: two children are named "${spec.id}": give one of them another id`,
    )
  const child = Child.make(spec)
  state.children.push(child)
  return child
}
