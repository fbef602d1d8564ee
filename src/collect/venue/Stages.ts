import { Duration, Effect } from "effect"
import type { Journal } from "../../../services/Journal.ts"
import type { VenueMetrics } from "../../../services/Metrics.ts"
import type { Self } from "../../runtime/Actor.ts"
import type { ChildSpec } from "../../runtime/ChildSpec.ts"
import * as Mailbox from "../../runtime/Mailbox.ts"
import * as Pipeline from "../../runtime/Pipeline.ts"
import { type Inlet, inletOptions, isFrames, type Parsed } from "../Inlet.ts"
import { makeParsedMailbox } from "../overload/ParsedMailbox.ts"
import { recordsIn, type StreamStates } from "../StreamStates.ts"
import type { Flow } from "./Flow.ts"
import type { VenueRuntimeOptions } from "./VenueRuntimeOptions.ts"

/** How long a stage may take to empty its mailbox before that is reported. It waits on: what it holds is not given up. */
const drainDeadline = "20 seconds"

/** The two mailboxes of a venue, from the first start of those who empty them: each start makes its own anew. */
export interface Mailboxes {
  inlets: Mailbox.Mailbox<Inlet> | undefined
  records: Mailbox.Mailbox<Parsed> | undefined
}

export interface StagesOptions extends Pick<VenueRuntimeOptions, "givesWay"> {
  readonly mailboxes: Mailboxes
  /** Bytes that each may hold. */
  readonly memory: { readonly frames: number; readonly records: number }
  readonly flow: Flow
  readonly metrics: VenueMetrics
  readonly parse: (batch: ReadonlyArray<Inlet>) => ReadonlyArray<Parsed>
  readonly states: Pick<StreamStates, "handle" | "close">
  /** Logs what a batch gave reason to say. */
  readonly said: Effect.Effect<void>
  /** The decoder's mailbox is there. */
  readonly onDecoder: (from: Mailbox.Mailbox<Inlet>) => Effect.Effect<unknown>
}

/** The actors between a venue's sockets and the journal: what they depend on starts first, so the decoder is the second. */
export const makeStages = (options: StagesOptions): ReadonlyArray<ChildSpec<Journal>> => {
  const { flow, mailboxes, memory, metrics, parse, said, states } = options

  const runStates = Effect.fnUntraced(function* (self: Self) {
    const { givesWay } = options
    const from = yield* makeParsedMailbox({ givesWay, bytes: memory.records, flow, metrics })
    mailboxes.records = from
    const handle = (batch: ReadonlyArray<Parsed>) =>
      states.handle(batch, self).pipe(Effect.andThen(said), Effect.as([]))
    yield* Effect.ensuring(Pipeline.stage({ name: "streams", from, handle })(self), states.close)
  })

  const runParser = Effect.fnUntraced(function* (self: Self) {
    const from = yield* Mailbox.make<Inlet>(inletOptions(memory.frames))
    mailboxes.inlets = from
    yield* options.onDecoder(from)
    const handle = (batch: ReadonlyArray<Inlet>) =>
      Effect.suspend(() => {
        const parsed = parse(batch)
        for (const message of parsed) flow.parsed += recordsIn(message)
        for (const each of batch) if (isFrames(each)) flow.frames -= each.frames.length
        return Effect.as(said, parsed)
      })
    yield* Pipeline.stage({ name: "decoder", from, to: mailboxes.records!, handle })(self)
  })

  return [
    { id: "streams", run: runStates, shutdown: drainDeadline, stuckAfter: Duration.infinity },
    { id: "decoder", run: runParser, shutdown: drainDeadline, stuckAfter: Duration.infinity },
  ]
}
