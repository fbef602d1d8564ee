import type { ExpectedList } from "../../../contract/Venue.ts"

export const listed: ReadonlyArray<ExpectedList> = [
  {
    what: "a perpetual and a future that is being delivered (documented)",
    path: "/dapi/v1/exchangeInfo",
    body: `{"symbols":[{"filters":[{"filterType":"PRICE_FILTER","maxPrice":"100000","minPrice":"0.1","tickSize":"0.1"},{"filterType":"LOT_SIZE","maxQty":"100000","minQty":"1","stepSize":"1"}],"liquidationFee":"0.010000","marketTakeBound":"0.30","orderTypes":["LIMIT"],"timeInForce":["GTC"],"symbol":"BTCUSD_PERP","pair":"BTCUSD","contractType":"PERPETUAL","deliveryDate":4133404800000,"onboardDate":1596006000000,"contractStatus":"TRADING","contractSize":100,"quoteAsset":"USD","baseAsset":"BTC","marginAsset":"BTC","pricePrecision":1,"quantityPrecision":0},{"filters":[],"symbol":"ETHUSD_250328","pair":"ETHUSD","contractType":"CURRENT_QUARTER","deliveryDate":1743148800000,"onboardDate":1735286400000,"contractStatus":"DELIVERING","contractSize":10,"quoteAsset":"USD","baseAsset":"ETH","marginAsset":"ETH","pricePrecision":2,"quantityPrecision":0}]}`,
    instruments: [
      {
        exchange: "binance",
        market: "perpetual",
        base: "BTC",
        quote: "USD",
        symbol: "BTC-USD-PERP",
        native: "BTCUSD_PERP",
        status: "trading",
        quantityUnit: "contracts",
        contractValue: { amount: "100", unit: "USD" },
        tickSize: "0.1",
        lotSize: "1",
        listedAt: 1596006000000,
      },
      {
        exchange: "binance",
        market: "future",
        base: "ETH",
        quote: "USD",
        symbol: "ETH-USD-20250328",
        native: "ETHUSD_250328",
        status: "ended",
        quantityUnit: "contracts",
        contractValue: { amount: "10", unit: "USD" },
        listedAt: 1735286400000,
        expiresAt: 1743148800000,
      },
    ],
  },
]
