import { streamsOfPath } from "./Binance.ts"
import { wrap } from "./BinanceDialogue.ts"
import { contractStreams } from "./BinanceContracts.ts"
import { coinmRest } from "./BinanceRest.ts"
import { binanceUsdm, usdmDialogue, usdmMessages, usdmRules } from "./BinanceUsdm.ts"
import { contractDollars } from "./ExchangeInfo.ts"
import type { SymbolMarket } from "../market/SymbolMarket.ts"
import type { Messages, Protocol } from "./Protocol.ts"
import { binanceStream } from "./StreamName.ts"

/**
 * The second volume counts the coin. Prices hardly leave where they began, so it is taken from there: the same on every
 * channel.
 */
const inCoins = (symbol: SymbolMarket): SymbolMarket => {
  const { baseRung, base, priceDecimals, ticksPerRung } = symbol.listing
  const price = (baseRung * ticksPerRung) / 10 ** priceDecimals
  const worth = contractDollars(base) / (price * baseRung)
  return { ...symbol, quote: (rungUnits) => (Number(rungUnits) * worth).toFixed(8) }
}

/** The pair stands behind the symbol. */
const withPair = ({ listing }: SymbolMarket, text: string): string =>
  text.replace(`"s":"${listing.native}",`, (symbol) => `${symbol}"ps":"${listing.base}USD",`)

/** USD-M's, as documented for COIN-M. */
const messages: Messages = {
  trade: usdmMessages.trade,
  aggTrade: usdmMessages.aggTrade,
  bookTicker: (symbol, step) => withPair(symbol, usdmMessages.bookTicker(symbol, step)),
  depth: (symbol, event) => withPair(symbol, usdmMessages.depth(symbol, event)),
  partialDepth: (symbol, event) => withPair(symbol, usdmMessages.partialDepth(symbol, event)),
  kline: (symbol, interval, bar, time) => usdmMessages.kline(inCoins(symbol), interval, bar, time),
  ticker: (symbol, time) => withPair(symbol, usdmMessages.ticker(inCoins(symbol), time)),
}

const ofContracts = contractStreams(({ listing }) => `"ps":"${listing.base}USD",`)

/** Binance COIN-M: each pair's coin as a perpetual against the dollar, counted in contracts, all streams on one route. */
export const binanceCoinm: Protocol = {
  ...binanceUsdm,
  venue: "binance-coinm",
  style: {
    priceDecimals: 1,
    // So much that a contract is never a fraction.
    unitDollars: 1_000_000,
    quoteDecimals: 8,
    natives: (base) => [`${base}USD_PERP`],
  },
  messages,
  route: (path, query) => {
    const found = streamsOfPath(path, query)
    return found === undefined ? undefined : { name: "", ...found }
  },
  stream: (name) => ofContracts(name) ?? binanceStream(name, usdmRules),
  carries: () => true,
  dialogue: usdmDialogue,
  wrap,
  rest: (path, query, now, catalogue) => {
    const symbols = new Map([...catalogue.symbols].map(([native, symbol]) => [native, inCoins(symbol)]))
    return coinmRest(path, query, now, { ...catalogue, symbols })
  },
}
