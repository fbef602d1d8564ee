/** The runtime: actors, mailboxes, supervision, pipelines. It knows nothing of markets. See docs/RUNTIME.md. */
export * as Mailbox from "./Mailbox.ts"
export * as Supervisor from "./Supervisor.ts"
export * as Backoff from "./Backoff.ts"
export { Actors } from "./Actors.ts"
export type { ActorKind, ActorMove, ActorSnapshot, Self } from "./Actor.ts"
export { type ActorState, IllegalMove, legalMoves } from "./ActorState.ts"
export * as Pipeline from "./Pipeline.ts"
