import { type Anatomy, bareNumber, millis, needed } from "../Anatomy.ts"

/** Some messages name their topic twice: neither name alone is needed. */
export const htxSwapAnatomy: Anatomy = {
  needed: needed("amount price direction open close funding_rate", `\\[\\[|"(?:bid|ask)":\\[`, bareNumber),
  // Of indices and marks the newest price counts, of liquidations the contracts.
  optional: (text) => {
    if (text.includes(".liquidation_orders")) return ["amount"]
    return /\.(mark_price|index)\./.test(text) ? ["amount", "open"] : []
  },
  stream: [/(?<=\.)[\w.]+(?=")/g, "mystery"],
  symbol: [/(?<="(?:market|public)\.)[A-Z0-9]+-USDT?/g, "NOBODY"],
  skewed: millis(/"(?:ts|created_at)":(\d+)/g),
}
