import { type Anatomy, millis } from "./Anatomy.ts"

const eventTime = millis(/"E":(\d+)/g)
const eventAndTransaction = millis(/"[ET]":(\d+)/g)

export const binanceAnatomy: Anatomy = {
  needed:
    /"(t|p|q|m|a|u|b|B|A|o|h|l|c|v|lastUpdateId)":("-?\d+(?:\.\d+)?"|-?\d+|true|false)|(?<=\[)"\d+(?:\.\d+)?"/g,
  // A ticker may come without best prices, and what a kline calls so means something else.
  optional: (text) => {
    if (text.includes(`"forceOrder"`)) return ["l", "o"]
    return /"24hrTicker"|"k":\{/.test(text) ? ["b", "B", "a", "A"] : []
  },
  symbol: [/"s":"\w+"/, `"s":"NOBODYUSDT"`],
  // A kline's `T` is the end of its period, which no wrong clock moves, and a mark price's the next funding.
  skewed: (text, by) => (/"k":\{|"markPriceUpdate"/.test(text) ? eventTime : eventAndTransaction)(text, by),
}
