import { Decimal as DecimalJs } from "decimal.js"

/**
 * Exact decimal arithmetic, made when someone asks: on the way from wire to sink decimals are text. Results are
 * rounded to 60 significant digits (decimal.js keeps 20 unless told), more than price times quantity of any exchange
 * needs; making one from text never rounds. Printed in plain notation, as records are, never with an exponent.
 */
export const Decimal = DecimalJs.clone({ precision: 60, toExpNeg: -9e15, toExpPos: 9e15 })

export type Decimal = DecimalJs
