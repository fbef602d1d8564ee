import { type Anatomy, needed } from "../Anatomy.ts"

/** `"1618678073.643512"`: seconds. */
const time = /"(\d{10})\.(\d{3})(\d{3})"/g

/** Lists without names: the first value of each that is read. */
export const krakenAnatomy: Anatomy = {
  needed: needed("c", `^\\[336,\\[|\\[\\[|\\{"a":\\[`),
  stream: [/"[\w-]+"(?=,"[^"]+"\]$)/, `"mystery"`],
  symbol: [/"[^"]+"(?=\]$)/, `"NOBODY"`],
  checksum: /(?<="c":")\d+/,
  skewed: (text, by) => {
    // The second time of a candle is the end of its period.
    let left = text.includes('"ohlc-') ? 1 : Number.POSITIVE_INFINITY
    return text.replace(time, (field, seconds: string, thousandths: string, micros: string) => {
      if (left-- <= 0) return field
      const moved = String(Math.max(0, Number(`${seconds}${thousandths}`) + Math.round(by))).padStart(13, "0")
      return `"${moved.slice(0, -3)}.${moved.slice(-3)}${micros}"`
    })
  },
}
