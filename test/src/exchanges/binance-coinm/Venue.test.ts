import { makeBinanceCoinm } from "../../../../src/exchanges/binance-coinm/index.ts"
import { venueContract } from "../../../contract/Venue.ts"
import { controls, messages } from "./fixtures.ts"
import { polls } from "./polls.ts"
import { listed } from "./listed.ts"

venueContract({
  name: "binance-coinm",
  make: makeBinanceCoinm,
  instruments: [
    {
      market: "perpetual",
      symbol: "BTC-USD-PERP",
      native: "BTCUSD_PERP",
      spellings: ["BTC-USD-PERP", "BTC/USD", "BTC-USD", "BTCUSD", "BTCUSD_PERP", "btcusd_perp"],
    },
    {
      market: "perpetual",
      symbol: "DOT-USD-PERP",
      native: "DOTUSD_PERP",
      spellings: ["DOT-USD-PERP", "DOT/USD", "DOTUSD", "DOTUSD_PERP"],
    },
    {
      market: "future",
      symbol: "BTC-USD-20250328",
      native: "BTCUSD_250328",
      spellings: ["BTC-USD-20250328", "BTC/USD-20250328", "BTCUSD_250328", "BTCUSD-250328"],
    },
  ],
  refuses: [{ symbol: "nonsense" }, { symbol: "BTC-USDT" }, { symbol: "BTC-USD-PERP", dataType: "kline_1s" }],
  messages,
  controls,
  polls,
  listed,
  simulated: {
    symbols: ["BTC-USD-PERP"],
    book: { symbol: "BTC-USD-PERP", native: "BTCUSD_PERP" },
  },
})
