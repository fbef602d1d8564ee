import type { SymbolMarket } from "../market/SymbolMarket.ts"
import type { StreamKind } from "./Protocol.ts"
import { splitStreamName } from "./StreamName.ts"

/** A price near the market's, as marks and indices are. */
const near = ({ market, price }: SymbolMarket, time: number): string => price(market.bid(market.stepAt(time)))

const hours8 = 28_800_000

/** What is told of contracts by the clock; `pairOf`: what stands behind the symbol. */
const kinds = (more: (symbol: SymbolMarket) => string): Readonly<Record<string, StreamKind>> => {
  const markPrice = (everyMillis: number): StreamKind => ({
    type: "periodic",
    everyMillis,
    write: (symbol, time) => {
      const price = near(symbol, time)
      const rate = `0.0001${String(Math.floor(time / 1000) % 100).padStart(2, "0")}00`
      return `{"e":"markPriceUpdate","E":${time},"s":"${symbol.listing.native}","p":"${price}","P":"${price}","i":"${price}","r":"${rate}","T":${(Math.floor(time / hours8) + 1) * hours8}}`
    },
  })
  return {
    markPrice: markPrice(3000),
    "markPrice@1s": markPrice(1000),
    forceOrder: {
      type: "periodic",
      everyMillis: 1000,
      write: (symbol, time) => {
        const { listing, quantity } = symbol
        const price = near(symbol, time)
        const size = quantity(1 + (Math.floor(time / 1000) % 500))
        const side = Math.floor(time / 1000) % 2 === 0 ? "BUY" : "SELL"
        return `{"e":"forceOrder","E":${time},"o":{"s":"${listing.native}",${more(symbol)}"S":"${side}","o":"LIMIT","f":"IOC","q":"${size}","p":"${price}","ap":"${price}","X":"FILLED","l":"${size}","z":"${size}","T":${time - 1}}}`
      },
    },
  }
}

/** `btcusdt@markPrice@1s` and `btcusdt@forceOrder`. */
export const contractStreams = (more: (symbol: SymbolMarket) => string = () => "") => {
  const known = kinds(more)
  return (name: string): { readonly native: string; readonly kind: StreamKind } | undefined => {
    const { symbol, word } = splitStreamName(name)
    const kind = Object.hasOwn(known, word) ? known[word] : undefined
    return kind === undefined ? undefined : { native: symbol, kind }
  }
}
