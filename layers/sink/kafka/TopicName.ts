import type { RecordType } from "../../../src/domain/DataType.ts"
import type { Instrument } from "../../../src/domain/Instrument.ts"

const hex = (byte: number): string => `_x${byte.toString(16).padStart(2, "0")}`

/** Lower case; every byte outside `[a-z0-9._-]` as `_xHH`. */
const legal = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/gu, (character) => Array.from(Buffer.from(character), hex).join(""))

/** The topic of a record, from a template with `{type}`, `{exchange}`, `{symbol}`, `{market}`, `{native}`. */
export const topicName = (template: string, type: RecordType, instrument: Instrument): string => {
  const fields: Readonly<Record<string, string>> = {
    type,
    exchange: instrument.exchange,
    symbol: instrument.symbol,
    market: instrument.market,
    native: instrument.native,
  }
  return legal(template.replaceAll(/\{(\w+)\}/g, (whole, field: string) => fields[field] ?? whole))
}
