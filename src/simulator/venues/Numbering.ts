import type { SymbolMarket } from "../market/SymbolMarket.ts"

/** Numbers of an instrument that count up together: those of its book's changes, of its trades. */
export interface Count {
  /** For a person: `book`. */
  readonly name: string
  /** The number that the first event after a moment has. */
  readonly firstAfter: (symbol: SymbolMarket, time: number) => number
  /** Streams by which a fault chooses it; the first one stands for it. */
  readonly streams: (native: string) => ReadonlyArray<string>
  /**
   * A message with numbers from before the moment and after it belongs to the new count as a whole; unless given, each
   * number is told in the count in which it was given.
   */
  readonly whole?: true
}

/** Where a text has numbers of a count. */
export interface Numbers {
  readonly count: Count
  /** Finds the digits alone, all of them (`g`). */
  readonly digits: RegExp
}

/** Numbers in the answer to a REST request, and those by which it asks. */
export interface RestNumbers {
  readonly native: string
  readonly numbers: ReadonlyArray<Numbers>
  readonly asked?: { readonly count: Count; readonly parameters: ReadonlyArray<string> }
}

/** How a venue's numbers can begin anew. */
export interface Numbering {
  readonly counts: ReadonlyArray<Count>
  readonly inStream: (name: string) => ReadonlyArray<Numbers>
  readonly inAnswer?: (path: string, query: URLSearchParams) => RestNumbers | undefined
  /**
   * What the venue sends to a subscriber in the place of the first message of a new count, in the numbers of the market;
   * `undefined` where that message stays what it is.
   */
  readonly begin?: (symbol: SymbolMarket, stream: string, payload: string) => string | undefined
}

/** Changes of the book by the market's own numbers. */
export const bookCount = (streams: Count["streams"]): Count => ({
  name: "book",
  firstAfter: ({ market }, time) => market.updateId(market.stepAt(time) + 1),
  streams,
})

export const tradeCount = (streams: Count["streams"]): Count => ({
  name: "trade",
  firstAfter: ({ market }, time) => market.tradeAt(time + 1),
  streams,
})
