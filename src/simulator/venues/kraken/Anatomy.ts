import { type Anatomy, needed } from "../Anatomy.ts"

/** Lists without names: the first value of each that is read. */
export const krakenAnatomy: Anatomy = {
  needed: needed("c", `^\\[336,\\[|\\[\\[|\\{"a":\\[`),
  stream: [/"[\w-]+"(?=,"[^"]+"\]$)/, `"mystery"`],
  symbol: [/"[^"]+"(?=\]$)/, `"NOBODY"`],
  checksum: /(?<="c":")\d+/,
}
