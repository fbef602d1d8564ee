import { Context, type Effect } from "effect"

/** What a node answers, as it goes over the wire: an HTTP status and the object of the body. */
export interface NodeAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * What the doors ask of the node that this process is: only there where it is one. Every answer is whole; what goes
 * wrong within it says so in its body.
 */
export class NodeControl extends Context.Service<
  NodeControl,
  {
    /** Takes the addresses that a probe brings and answers it, as `POST /probe` does. The text of its JSON. */
    readonly probe: (body: string) => Effect.Effect<NodeAnswer>
    /** An event may be the first thing that a process hears. Comes back once everything has started, which happens once: later calls change nothing. */
    readonly init: Effect.Effect<NodeAnswer>
  }
>()("millrace/services/NodeControl") {}
