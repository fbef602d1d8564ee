import { describe } from "@effect/vitest"
import type { Control } from "../../src/domain/Decoded.ts"
import type { Instrument } from "../../src/domain/Instrument.ts"
import type { ListedInstrument } from "../../src/domain/ListedInstrument.ts"
import type { Stream } from "../../src/domain/Stream.ts"
import type { Venue } from "../../src/exchanges/Venue.ts"
import type { SymbolMarket } from "../../src/simulator/index.ts"
import { booksContract } from "./venue/Books.ts"
import { collectionContract } from "./venue/Collection.ts"
import { faultsContract } from "./venue/Faults.ts"
import { framesContract } from "./venue/Frames.ts"
import { instrumentsContract } from "./venue/Instruments.ts"
import { namesContract } from "./venue/Names.ts"
import { subscriptionsContract } from "./venue/Subscriptions.ts"

/** A stream as a person asks for it. */
export interface Asked {
  readonly symbol: string
  readonly dataType: string
}

/** A message, and what it is to become. */
export interface ExpectedMessage extends Asked {
  /** What it shows, for the test's name. */
  readonly what: string
  /** As it came: text, or the bytes of a compressed frame. */
  readonly frame: string | Buffer
  /** Each record's key, time (0: it has none) and data; every field, in any order. Empty: it gives none and is no reject. */
  readonly records: ReadonlyArray<{
    readonly key: string
    readonly timestamp: number
    readonly data: object
  }>
}

/** A message that is no record. */
export interface ExpectedControl {
  readonly what: string
  readonly frame: string | Buffer
  /** The route of the connection it came on, where nothing was asked for before it and the decoder needs it. */
  readonly route?: string
  /** Streams that were asked for before it comes. */
  readonly asked?: ReadonlyArray<Asked>
  /** The controls that it becomes; `streams` are those that were asked for. */
  readonly controls: (streams: ReadonlyArray<Stream>) => ReadonlyArray<Control>
}

/** An answer to the request of this place, and the records that it becomes. */
export interface ExpectedPoll extends Omit<ExpectedMessage, "frame"> {
  /** Which request of the schedule it answers. */
  readonly request: number
  /** The path that is asked for at first, as far as it does not change with time. */
  readonly path: string
  readonly body: string
}

/** A part of the list of instruments, and what it lists. */
export interface ExpectedList {
  readonly what: string
  /** The path of the request that it answers. */
  readonly path: string
  readonly body: string
  readonly instruments: ReadonlyArray<ListedInstrument>
  /** Paths that have to be asked for besides. */
  readonly more?: ReadonlyArray<string>
}

/** What the suite has to know of a venue. Recorded messages go before documented ones, and both before invented ones. */
export interface VenueFixture {
  readonly name: string
  readonly make: () => Venue
  /** Every kind of instrument that it has; together they have every word that it offers. Each in all its spellings. */
  readonly instruments: ReadonlyArray<
    Pick<Instrument, "market" | "symbol" | "native"> & { readonly spellings: ReadonlyArray<string> }
  >
  /** What it has not: `symbol` alone, or a data type of it. */
  readonly refuses: ReadonlyArray<{ readonly symbol: string; readonly dataType?: string }>
  /** At least one of each word that it offers, klines and partial books counting as one each. */
  readonly messages: ReadonlyArray<ExpectedMessage>
  readonly controls: ReadonlyArray<ExpectedControl>
  /** Answers of REST for the words that come no other way. */
  readonly polls?: ReadonlyArray<ExpectedPoll>
  /** Answers to the requests for its list of instruments: every kind of instrument, and each surprise. */
  readonly listed: ReadonlyArray<ExpectedList>
  /** Its part of the simulator. */
  readonly simulated: {
    /** Symbols as they are asked for of a simulator with the pair `BTC-USDT`; together they have every word. */
    readonly symbols: ReadonlyArray<string>
    /** The symbol whose book is tried, and its native name there. */
    readonly book: {
      readonly symbol: string
      readonly native: string
      /** Levels a side that are exact whatever is lost; all unless given. What a sum does not take, no sum shows. */
      readonly exactLevels?: number
      /** The order on the wire is all that the venue gives: neither a loss nor another order shows. */
      readonly unseen?: true
    }
    /** The step of the market after which a book's record tells it; by the market's update ids unless given. */
    readonly stepOf?: (
      market: SymbolMarket,
      data: { readonly last: number; readonly timestamp: number },
    ) => number
    /** The frame that answers a request for a snapshot, where `snapshots.kind` is `asked`. */
    readonly snapshotFrame?: (market: SymbolMarket, time: number) => string | Buffer
    /** Words that the simulator does not send, and why they are left out. */
    readonly leftOut?: Readonly<Record<string, string>>
  }
}

/** Everything that a venue owes the collector, held to its fixture and its part of the simulator. */
export const venueContract = (fixture: VenueFixture): void => {
  describe(`the venue ${fixture.name}`, () => {
    namesContract(fixture)
    instrumentsContract(fixture)
    subscriptionsContract(fixture)
    framesContract(fixture)
    booksContract(fixture)
    collectionContract(fixture)
    faultsContract(fixture)
  })
}
