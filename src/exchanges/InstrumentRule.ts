import type { Reject } from "../domain/Decoded.ts"
import type { Market } from "../domain/Instrument.ts"
import type { ListedInstrument } from "../domain/ListedInstrument.ts"

/** One request for a part of the list of instruments, relative to the REST endpoint. */
export interface InstrumentRequest {
  readonly path: string
  readonly weight: number
}

/** What an answer lists. */
export interface InstrumentAnswer {
  readonly instruments: ReadonlyArray<ListedInstrument>
  /** Entries that could not be read, as they came: said, and left out. */
  readonly unreadable: ReadonlyArray<string>
  /** What has to be asked besides: the next page, the families of options. */
  readonly more?: ReadonlyArray<InstrumentRequest>
}

/** What a venue lists, by REST. */
export interface InstrumentRule {
  /** The kinds of instrument that there are. */
  readonly markets: ReadonlyArray<Market>
  /** What to ask; together with what the answers ask for besides, it is everything. */
  readonly requests: ReadonlyArray<InstrumentRequest>
  readonly decode: (body: Buffer, request: InstrumentRequest) => InstrumentAnswer | Reject
  /** Kinds that its list does not have: they are taken by their names. */
  readonly unlisted?: ReadonlyArray<Market>
}
