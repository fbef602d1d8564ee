import { type Anatomy, millis, needed } from "../Anatomy.ts"

export const bybitAnatomy: Anatomy = {
  needed: needed("topic ts T p v S s symbol u start open close high low volume turnover confirm", "\\[\\["),
  stream: [/"topic":"[^"]*"/, `"topic":"mystery.NOBODY"`],
  symbol: [/"(s|symbol)":"[^"]*"/, `"$1":"NOBODYUSDT"`],
  skewed: millis(/"(?:ts|T|timestamp)":(\d+)/g),
}
