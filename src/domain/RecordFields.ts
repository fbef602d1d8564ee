import { Schema } from "effect"
import { maxDecimalLength } from "./DecimalText.ts"

/*
 * Kinds of value that records are made of. Numbers that could lose digits as doubles are texts. Patterns carry the flag
 * `u`: Effect puts no other into a JSON Schema.
 */

/** A field that is always there. */
export const field = <S extends Schema.Top>(schema: S, description: string) =>
  schema.annotateKey({ description })

/** A field that is there whenever the exchange sends it. */
export const optionalField = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.optionalKey(schema).annotateKey({ description })

/** A price, a rate or a change, with the digits that the exchange sent: `2683.80000000`, `-0.00010000`. */
export const DecimalText = Schema.String.check(
  Schema.isMaxLength(maxDecimalLength),
  Schema.isPattern(/^-?\d+(\.\d+)?$/u, { expected: "a decimal in plain notation" }),
).annotate({ identifier: "Decimal" })

/** A quantity, a volume or an amount: never negative. */
export const QuantityText = Schema.String.check(
  Schema.isMaxLength(maxDecimalLength),
  Schema.isPattern(/^\d+(\.\d+)?$/u, { expected: "a decimal in plain notation, not negative" }),
).annotate({ identifier: "Quantity" })

/** A sequence number: a whole number as text, since some exceed what a double can hold. */
export const SequenceText = Schema.String.check(
  Schema.isPattern(/^-?\d{1,64}$/u, { expected: "a whole number as text" }),
).annotate({ identifier: "Sequence" })

export const NonEmptyText = Schema.String.check(Schema.isNonEmpty())

/** Milliseconds since the epoch. */
export const Milliseconds = Schema.Natural.annotate({
  identifier: "Milliseconds",
})

export const Count = Schema.Natural

export const Side = Schema.Literals(["buy", "sell"])

/** Price and quantity of one level of a book. */
export const Level = Schema.Tuple([DecimalText, QuantityText]).annotate({
  identifier: "Level",
})

export const Levels = Schema.Array(Level)
