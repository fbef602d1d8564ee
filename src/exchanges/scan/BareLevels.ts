import { level, type ReadLevel } from "./LevelList.ts"
import { Literal } from "./Literal.ts"
import { decimal, literal } from "./Steps.ts"

const opening = new Literal("[")
const separator = new Literal(",")
const closing = new Literal("]")

/** `61945.07,0.5]`: bare numbers. One with an exponent is for the guards. */
export const bareNumbers: ReadLevel = (bytes, at) => {
  level.price = at
  level.priceEnd = decimal(bytes, at)
  level.quantity = literal(bytes, level.priceEnd, separator)
  level.quantityEnd = decimal(bytes, level.quantity)
  return literal(bytes, level.quantityEnd, closing)
}

/** `[61945.07,0.5]` */
export const barePair: ReadLevel = (bytes, at) => bareNumbers(bytes, literal(bytes, at, opening))
