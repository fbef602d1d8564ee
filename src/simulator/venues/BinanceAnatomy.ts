import type { Anatomy } from "./Anatomy.ts"

export const binanceAnatomy: Anatomy = {
  needed:
    /"(t|p|q|m|a|u|b|B|A|o|h|l|c|v|lastUpdateId)":("-?\d+(?:\.\d+)?"|-?\d+|true|false)|(?<=\[)"\d+(?:\.\d+)?"/g,
  // A ticker may come without best prices, and what a kline calls so means something else.
  optional: (text) => {
    if (text.includes(`"forceOrder"`)) return ["l", "o"]
    return /"24hrTicker"|"k":\{/.test(text) ? ["b", "B", "a", "A"] : []
  },
  symbol: [/"s":"\w+"/, `"s":"NOBODYUSDT"`],
}
