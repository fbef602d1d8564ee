import { makeHtx } from "../../../../src/exchanges/htx/index.ts"
import { bookAnswer } from "../../../../src/simulator/venues/htx/Messages.ts"
import { venueContract } from "../../../contract/Venue.ts"
import { controls } from "./fixtures/controls.ts"
import { messages } from "./fixtures/messages.ts"
import { listed } from "./fixtures/listed.ts"

venueContract({
  name: "htx",
  make: makeHtx,
  instruments: [
    {
      market: "spot",
      symbol: "BTC-USDT",
      native: "btcusdt",
      spellings: ["BTC/USDT", "BTC-USDT", "BTCUSDT", "btcusdt", "btc-usdt"],
    },
    { market: "spot", symbol: "YFI-HUSD", native: "yfihusd", spellings: ["YFI/HUSD", "YFI-HUSD", "yfihusd"] },
    { market: "spot", symbol: "TRIO-ETH", native: "trioeth", spellings: ["TRIO/ETH", "trioeth"] },
  ],
  refuses: [
    { symbol: "nonsense" },
    { symbol: "BTC-USDT-PERP" },
    { symbol: "BTC-USDT", dataType: "funding" },
    { symbol: "BTC-USDT", dataType: "aggTrade" },
    { symbol: "BTC-USDT", dataType: "kline_3m" },
  ],
  messages,
  controls,
  listed,
  simulated: {
    symbols: ["BTC-USDT"],
    book: { symbol: "BTC-USDT", native: "btcusdt" },
    snapshotFrame: (market, time) => bookAnswer(market, "mbp.150", "1", time),
  },
})
