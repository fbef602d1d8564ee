import type { RecordType } from "./DataType.ts"
import { Decimal } from "./Decimal.ts"
import type { MarketRecord } from "./Record.ts"

/** The fields of `data` that are decimals, by type of record. */
export const decimalFields = {
  trade: ["price", "quantity"],
  kline: ["open", "high", "low", "close", "volume", "quoteVolume"],
  ticker: [
    "last",
    "open",
    "high",
    "low",
    "volume",
    "quoteVolume",
    "change",
    "changePercent",
    "bid",
    "bidQuantity",
    "ask",
    "askQuantity",
  ],
  bbo: ["bid", "bidQuantity", "ask", "askQuantity"],
  depth: ["bids", "asks"],
  funding: ["rate", "markPrice", "indexPrice", "predictedRate"],
  open_interest: ["amount", "value"],
  liquidation: ["price", "quantity", "averagePrice", "filledQuantity"],
  mark_price: ["price"],
  index_price: ["price"],
  long_short_ratio: ["ratio", "long", "short"],
  volatility_index: ["value"],
  gap: [],
} as const satisfies { readonly [T in RecordType]: ReadonlyArray<string> }

/** A level of a book: price and quantity. */
export type DecimalLevel = readonly [price: Decimal, quantity: Decimal]

type FieldOf<T extends RecordType> = (typeof decimalFields)[T][number]

/** The decimals of a record's `data`: a level's list where the field is one, absent where the record's is. */
export type DecimalsOf<R extends MarketRecord> = R extends MarketRecord
  ? {
      readonly [K in keyof R["data"] as K extends FieldOf<R["type"]> ? K : never]: R["data"][K] extends
        | string
        | undefined
        ? Decimal
        : ReadonlyArray<DecimalLevel>
    }
  : never

type Text = string | ReadonlyArray<readonly [string, string]>

const valueOf = (text: Text): Decimal | ReadonlyArray<DecimalLevel> =>
  typeof text === "string"
    ? new Decimal(text)
    : text.map(([price, quantity]) => [new Decimal(price), new Decimal(quantity)] as const)

/** An object whose fields are made when they are asked for, each time anew. */
const viewOf = (type: RecordType, data: Readonly<Record<string, unknown>>): object => {
  const view = {}
  for (const name of decimalFields[type]) {
    const text = data[name]
    if (text === undefined) continue
    Object.defineProperty(view, name, { enumerable: true, get: () => valueOf(text as Text) })
  }
  return view
}

/**
 * A record's prices, quantities and rates as `Decimal`, exact. Each is made when it is read, so that what nobody asks
 * for costs nothing; keep what you need more than once.
 *
 * ```ts
 * const { price, quantity } = decimals(trade)
 * const value = price.times(quantity)
 * ```
 */
export const decimals = <R extends MarketRecord>(record: R): DecimalsOf<R> =>
  viewOf(record.type, record.data as Readonly<Record<string, unknown>>) as DecimalsOf<R>
