import { fixed, padded } from "../market/DecimalDigits.ts"
import type { Listing } from "../market/Listing.ts"
import type { Endpoint } from "./RestQuery.ts"

/** What a contract of COIN-M is worth. */
export const contractDollars = (base: string): number => (base === "BTC" ? 100 : 10)

const weightLimit = (limit: number) => ({
  rateLimitType: "REQUEST_WEIGHT",
  interval: "MINUTE",
  intervalNum: 1,
  limit,
})

/** The part of the real catalogue that market data needs, in its shape. Prices move by whole multiples of the tick. */
const spotSymbol = ({ base, native, priceDecimals, quantityDecimals, quote, ticksPerRung }: Listing) => ({
  symbol: native,
  status: "TRADING",
  baseAsset: base,
  baseAssetPrecision: 8,
  quoteAsset: quote,
  quotePrecision: 8,
  quoteAssetPrecision: 8,
  baseCommissionPrecision: 8,
  quoteCommissionPrecision: 8,
  orderTypes: ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
  icebergAllowed: true,
  ocoAllowed: true,
  quoteOrderQtyMarketAllowed: true,
  isSpotTradingAllowed: true,
  isMarginTradingAllowed: false,
  filters: [
    {
      filterType: "PRICE_FILTER",
      minPrice: padded(String(ticksPerRung), priceDecimals, 8),
      maxPrice: "1000000.00000000",
      tickSize: padded(String(ticksPerRung), priceDecimals, 8),
    },
    {
      filterType: "LOT_SIZE",
      minQty: padded("1", quantityDecimals, 8),
      maxQty: "9000000.00000000",
      stepSize: padded("1", quantityDecimals, 8),
    },
  ],
  permissions: ["SPOT"],
})

const usdmSymbol = ({ base, native, priceDecimals, quantityDecimals, quote, ticksPerRung }: Listing) => ({
  symbol: native,
  pair: native,
  contractType: "PERPETUAL",
  deliveryDate: 4_133_404_800_000,
  onboardDate: 1_577_836_800_000,
  status: "TRADING",
  baseAsset: base,
  quoteAsset: quote,
  marginAsset: quote,
  pricePrecision: priceDecimals,
  quantityPrecision: quantityDecimals,
  baseAssetPrecision: 8,
  quotePrecision: 8,
  underlyingType: "COIN",
  filters: [
    {
      minPrice: fixed(String(ticksPerRung), priceDecimals),
      maxPrice: "1000000",
      filterType: "PRICE_FILTER",
      tickSize: fixed(String(ticksPerRung), priceDecimals),
    },
    {
      stepSize: fixed("1", quantityDecimals),
      filterType: "LOT_SIZE",
      maxQty: "10000000",
      minQty: fixed("1", quantityDecimals),
    },
  ],
  orderTypes: ["LIMIT", "MARKET"],
  timeInForce: ["GTC", "IOC", "FOK", "GTX"],
})

export const spotExchangeInfo: Endpoint["answer"] = (query, now, catalogue) => {
  const symbol = query.has("symbol") ? query.symbol() : undefined
  if (symbol !== undefined && "msg" in symbol) return symbol
  const listed = symbol === undefined ? [...catalogue.symbols.values()] : [symbol]
  return JSON.stringify({
    timezone: "UTC",
    serverTime: now,
    rateLimits: [weightLimit(catalogue.limits.weightPerMinute)],
    exchangeFilters: [],
    symbols: listed.map(({ listing }) => spotSymbol(listing)),
  })
}

export const usdmExchangeInfo: Endpoint["answer"] = (_, now, catalogue) =>
  JSON.stringify({
    timezone: "UTC",
    serverTime: now,
    futuresType: "U_MARGINED",
    rateLimits: [weightLimit(catalogue.limits.weightPerMinute)],
    exchangeFilters: [],
    symbols: [...catalogue.symbols.values()].map(({ listing }) => usdmSymbol(listing)),
  })

/** As USD-M's, with what a contract is worth. */
export const coinmExchangeInfo: Endpoint["answer"] = (_, now, catalogue) =>
  JSON.stringify({
    timezone: "UTC",
    serverTime: now,
    rateLimits: [weightLimit(catalogue.limits.weightPerMinute)],
    exchangeFilters: [],
    symbols: [...catalogue.symbols.values()].map(({ listing }) => ({
      ...usdmSymbol(listing),
      pair: `${listing.base}USD`,
      quoteAsset: "USD",
      marginAsset: listing.base,
      contractStatus: "TRADING",
      contractSize: contractDollars(listing.base),
    })),
  })
