import type { Instrument } from "./Instrument.ts"

/**
 * `trading`: records come. `halted`: for a while none do. `upcoming`: announced, not traded yet. `ended`: delivered,
 * expired or taken off, and still in the list.
 */
export const instrumentStatuses = ["trading", "halted", "upcoming", "ended"] as const
export type InstrumentStatus = (typeof instrumentStatuses)[number]

/** What a quantity of its trades and its book counts: units of the base, of the quote, or contracts. */
export const quantityUnits = ["base", "quote", "contracts"] as const
export type QuantityUnit = (typeof quantityUnits)[number]

/** An instrument as the exchange's own list has it. Numbers are text with the exchange's digits, times milliseconds since the epoch. */
export interface ListedInstrument extends Instrument {
  readonly status: InstrumentStatus
  readonly quantityUnit: QuantityUnit
  /** What one contract is worth, where it is one: so much of a currency. */
  readonly contractValue?: { readonly amount: string; readonly unit: string }
  /** The smallest step of a price. */
  readonly tickSize?: string
  /** The smallest step of a quantity, in `quantityUnit`. */
  readonly lotSize?: string
  readonly listedAt?: number
  readonly expiresAt?: number
}
