import { Deferred, Effect, Schedule } from "effect"
import { type RefusedRecord, type Sink, SinkError, type SinkWriter } from "../../../services/Sink.ts"
import { matches } from "../../../services/Tap.ts"
import type { Envelope } from "../../domain/Envelope.ts"
import { recordOf } from "../../domain/Record.ts"
import type { Dispatch } from "../Dispatch.ts"
import type { RecordSettings } from "./TriggerSettings.ts"

/** What a trigger of records is, in two halves: a cursor in the journal, and, once there is a node, whom it calls. */
export interface RecordTrigger {
  readonly sink: Sink
  readonly attach: (dispatch: Dispatch) => Effect.Effect<void>
}

/** Between two tries of the same records. */
const waits = Schedule.jittered(Schedule.exponential("1 second"))

const refused =
  (reason: string, detail: string, attempts: number) =>
  (envelope: Envelope): RefusedRecord => ({ envelope, reason, detail, attempts })

/**
 * Fires for accepted records, in batches, in order: the plugin gets what the pipeline has put out. It has a cursor in the
 * journal like every sink: a plugin that is away misses nothing, it is called when it is back. Records over which the plugin fails
 * `maxDeliver` times become dead letters.
 */
export const makeRecordTrigger = Effect.fnUntraced(function* (
  settings: RecordSettings,
): Effect.fn.Return<RecordTrigger> {
  const attached = yield* Deferred.make<Dispatch>()
  const { batchSize, filter, maxDeliver, name } = settings
  const sinkName = `trigger-${name}`

  const deliver = Effect.fnUntraced(function* (dispatch: Dispatch, envelopes: ReadonlyArray<Envelope>) {
    const call = dispatch({
      type: "record",
      name,
      message: { records: envelopes.map(recordOf) },
      metadata: { records: envelopes.length },
    }).pipe(
      Effect.retry({
        times: maxDeliver - 1,
        schedule: waits,
        while: (error) => error._tag === "PluginError" && error.reason !== "unreachable",
      }),
    )
    return yield* Effect.matchEffect(call, {
      onSuccess: () => Effect.void,
      onFailure: (error) =>
        error._tag === "IntakeError" || error.reason === "unreachable"
          ? Effect.fail(new SinkError({ sink: sinkName, reason: "unavailable", detail: error.message }))
          : Effect.succeed({
              deadLettered: envelopes.map(refused("plugin", error.message, maxDeliver)),
              dropped: {},
            }),
    })
  })

  // Open from the start, so that nothing waits for a node that is still waiting for its plugin: the records do.
  const writer: SinkWriter = {
    write: (envelopes) => {
      const wanted = envelopes.filter((envelope) => matches(filter, envelope))
      return wanted.length === 0
        ? Effect.succeed(Effect.void)
        : Deferred.await(attached).pipe(
            Effect.flatMap((dispatch) => deliver(dispatch, wanted)),
            Effect.map((undelivered) => Effect.succeed(undelivered)),
          )
    },
  }

  return {
    sink: {
      name: sinkName,
      type: "trigger",
      maxBatch: batchSize,
      open: Effect.succeed(writer),
    },
    attach: (dispatch) => Effect.asVoid(Deferred.succeed(attached, dispatch)),
  }
})
