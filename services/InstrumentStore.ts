import { Context, type Effect, Schema } from "effect"
import { instrumentStatuses, quantityUnits } from "../src/domain/ListedInstrument.ts"

const optional = Schema.optionalKey

/** An instrument of a venue's list, as it is kept and shown. Its type is `ListedInstrument`. */
export const InstrumentSchema = Schema.Struct({
  exchange: Schema.String,
  market: Schema.Literals(["spot", "perpetual", "future", "option", "index"]),
  base: Schema.String,
  quote: Schema.String,
  symbol: Schema.String,
  native: Schema.String,
  status: Schema.Literals(instrumentStatuses),
  quantityUnit: Schema.Literals(quantityUnits),
  contractValue: optional(Schema.Struct({ amount: Schema.String, unit: Schema.String })),
  tickSize: optional(Schema.String),
  lotSize: optional(Schema.String),
  listedAt: optional(Schema.Finite),
  expiresAt: optional(Schema.Finite),
})

/** A venue's list: which endpoint gave it, and when: milliseconds. */
export const KeptInstruments = Schema.Struct({
  endpoint: Schema.String,
  at: Schema.Finite,
  instruments: Schema.Array(InstrumentSchema),
})
export type KeptInstruments = typeof KeptInstruments.Type

/** A list of instruments could not be kept, or not be read. */
export class InstrumentStoreError extends Schema.TaggedError<InstrumentStoreError>()("InstrumentStoreError", {
  path: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return `${this.path}: ${this.detail}`
  }
}

/**
 * Keeps the last list of instruments of each venue, so that the next process knows its symbols and patterns at once and
 * when REST is away. It is a help and no more: what is lost is asked for again.
 */
export class InstrumentStore extends Context.Service<
  InstrumentStore,
  {
    /** `undefined` where none was kept. */
    readonly load: (venue: string) => Effect.Effect<KeptInstruments | undefined, InstrumentStoreError>
    /** A crash in the middle leaves the old list. */
    readonly save: (venue: string, kept: KeptInstruments) => Effect.Effect<void, InstrumentStoreError>
  }
>()("millrace/services/InstrumentStore") {}
