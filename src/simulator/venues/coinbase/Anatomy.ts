import { type Anatomy, needed } from "../Anatomy.ts"

export const coinbaseAnatomy: Anatomy = {
  needed: needed(
    "type product_id price size open_24h volume_24h low_24h high_24h",
    `\\["(?:buy|sell)",|\\[\\[`,
  ),
  stream: [/"type":"[^"]*"/, `"type":"mystery"`],
  symbol: [/"product_id":"[^"]*"/, `"product_id":"NOBODY"`],
}
