import { Deferred, Effect } from "effect"
import type { Position } from "../../services/Journal.ts"
import { type Sink, SinkError, type SinkWriter, type Undelivered } from "../../services/Sink.ts"
import type { Envelope } from "../../src/domain/Envelope.ts"
import { numberOf } from "./envelopes.ts"

/** One batch that a writer was given. */
export interface Given {
  /** Which writer, from 1. */
  readonly writer: number
  readonly numbers: ReadonlyArray<number>
  readonly envelopes: ReadonlyArray<Envelope>
  readonly next: Position
  readonly deliver: (undelivered?: Undelivered) => Effect.Effect<void>
  readonly fail: Effect.Effect<void>
  readonly die: Effect.Effect<void>
}

/** A sink whose every answer the test decides. */
export interface ScriptedSink {
  readonly sink: Sink
  readonly given: Array<Given>
  /** Numbers of delivered envelopes, in the order of their deliveries. */
  readonly delivered: Array<number>
  opens: number
  closes: number
  /** The next openings fail like this. */
  refuseToOpen: SinkError | undefined
  /** Deliver at once, instead of waiting for the test. */
  automatic: boolean
  settled?: (after: Position) => Effect.Effect<Position, SinkError>
  /** What its writers say is in their way. */
  trouble: string | undefined
}

export const away = (sink: string) =>
  new SinkError({ sink, reason: "unavailable", detail: "127.0.0.1:1: it is away; start it" })

export const scriptedSink = (name: string, options: { readonly maxBatch?: number } = {}): ScriptedSink => {
  const write =
    (writer: number) =>
    (envelopes: ReadonlyArray<Envelope>, next: Position): ReturnType<SinkWriter["write"]> =>
      Effect.gen(function* () {
        const answer = yield* Deferred.make<void | Undelivered, SinkError>()
        const numbers = envelopes.map(numberOf)
        const deliver = (undelivered?: Undelivered) =>
          Effect.suspend(() => {
            scripted.delivered.push(...numbers)
            return Effect.asVoid(Deferred.succeed(answer, undelivered))
          })
        scripted.given.push({
          writer,
          numbers,
          envelopes,
          next,
          deliver,
          fail: Effect.asVoid(Deferred.fail(answer, away(name))),
          die: Effect.asVoid(Deferred.die(answer, new Error("a bug in the sink"))),
        })
        if (scripted.automatic) yield* deliver()
        return answer
      }).pipe(Effect.map((answer) => Deferred.await(answer)))

  const scripted: ScriptedSink = {
    given: [],
    delivered: [],
    opens: 0,
    closes: 0,
    refuseToOpen: undefined,
    automatic: false,
    trouble: undefined,
    sink: {
      name,
      type: "scripted",
      maxBatch: options.maxBatch ?? 10,
      open: Effect.gen(function* () {
        const writer = ++scripted.opens
        if (scripted.refuseToOpen !== undefined) return yield* scripted.refuseToOpen
        yield* Effect.addFinalizer(() => Effect.sync(() => scripted.closes++))
        const { settled } = scripted
        const taking = { write: write(writer), trouble: () => scripted.trouble }
        return settled === undefined ? taking : { ...taking, settled }
      }),
    },
  }
  return scripted
}
