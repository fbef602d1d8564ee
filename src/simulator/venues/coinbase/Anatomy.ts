import { type Anatomy, needed } from "../Anatomy.ts"

/** `"time":"2021-04-17T16:43:37.109951Z"` */
const time = /"time":"([\d:T-]+\.\d{3})(\d{3})Z"/g

export const coinbaseAnatomy: Anatomy = {
  needed: needed(
    "type product_id price size open_24h volume_24h low_24h high_24h",
    `\\["(?:buy|sell)",|\\[\\[`,
  ),
  stream: [/"type":"[^"]*"/, `"type":"mystery"`],
  symbol: [/"product_id":"[^"]*"/, `"product_id":"NOBODY"`],
  skewed: (text, by) =>
    text.replace(time, (_, whole: string, micros: string) => {
      const moved = new Date(Date.parse(`${whole}Z`) + Math.round(by)).toISOString()
      return `"time":"${moved.slice(0, -1)}${micros}Z"`
    }),
}
