import { makeKraken } from "../../../../src/exchanges/kraken/index.ts"
import { venueContract } from "../../../contract/Venue.ts"
import { controls } from "./fixtures/controls.ts"
import { messages } from "./fixtures/messages.ts"
import { listed } from "./fixtures/listed.ts"

venueContract({
  name: "kraken",
  make: makeKraken,
  instruments: [
    {
      market: "spot",
      symbol: "BTC-USD",
      native: "XBT/USD",
      spellings: ["BTC/USD", "BTC-USD", "BTCUSD", "XBT/USD", "XBT-USD", "XBTUSD", "btc-usd"],
    },
    {
      market: "spot",
      symbol: "SC-BTC",
      native: "SC/XBT",
      spellings: ["SC/BTC", "SC-BTC", "SCBTC", "SC/XBT", "SCXBT"],
    },
    {
      market: "spot",
      symbol: "DOGE-USDT",
      native: "XDG/USDT",
      spellings: ["DOGE/USDT", "DOGE-USDT", "DOGEUSDT", "XDG/USDT", "XDGUSDT"],
    },
    {
      market: "spot",
      symbol: "ETH2.S-ETH",
      native: "ETH2.S/ETH",
      spellings: ["ETH2.S-ETH", "ETH2.S/ETH"],
    },
  ],
  refuses: [
    { symbol: "nonsense" },
    { symbol: "BTC-USD-PERP" },
    { symbol: "BTC-USD", dataType: "kline_1w" },
    { symbol: "BTC-USD", dataType: "funding" },
    { symbol: "BTC-USD", dataType: "depth10" },
  ],
  messages,
  controls,
  listed,
  simulated: {
    symbols: ["BTC-USDT"],
    // The sum is of ten levels a side.
    book: { symbol: "BTC-USDT", native: "XBT/USDT", exactLevels: 10 },
    stepOf: ({ market }, { timestamp }) => market.stepAt(timestamp - 1),
  },
})
