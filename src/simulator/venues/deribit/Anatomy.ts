import { type Anatomy, bareNumber, millis, needed } from "../Anatomy.ts"

export const deribitAnatomy: Anatomy = {
  needed: needed(
    "channel timestamp price direction trade_seq amount tick open close change_id",
    `\\["(?:new|change|delete)",|\\[\\[`,
    bareNumber,
  ),
  stream: [/"channel":"[^"]*"/, `"channel":"mystery.NOBODY"`],
  symbol: [/(?<="channel":"[a-z_.]+\.)[\w-]+/, "NOBODY"],
  skewed: millis(/"timestamp":(\d+)/g),
}
