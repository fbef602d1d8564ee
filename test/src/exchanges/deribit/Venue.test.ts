import { makeDeribit } from "../../../../src/exchanges/deribit/index.ts"
import { venueContract } from "../../../contract/Venue.ts"
import { books } from "./fixtures/books.ts"
import { controls } from "./fixtures/controls.ts"
import { derivatives } from "./fixtures/derivatives.ts"
import { messages } from "./fixtures/messages.ts"
import { listed } from "./fixtures/listed.ts"
import { polls } from "./fixtures/polls.ts"

venueContract({
  name: "deribit",
  make: makeDeribit,
  instruments: [
    {
      market: "perpetual",
      symbol: "BTC-USD-PERP",
      native: "BTC-PERPETUAL",
      spellings: ["BTC-USD-PERP", "BTC/USD", "BTC-USD", "BTCUSD", "BTC-PERPETUAL", "btc-perpetual"],
    },
    {
      market: "perpetual",
      symbol: "BTC-USDC-PERP",
      native: "BTC_USDC-PERPETUAL",
      spellings: ["BTC-USDC-PERP", "BTC/USDC-PERP", "BTCUSDC-PERP", "BTC_USDC-PERPETUAL"],
    },
    {
      market: "spot",
      symbol: "BTC-USDC",
      native: "BTC_USDC",
      spellings: ["BTC/USDC", "BTC-USDC", "BTCUSDC", "BTC_USDC"],
    },
    {
      market: "future",
      symbol: "BTC-USD-20210924",
      native: "BTC-24SEP21",
      spellings: ["BTC-USD-20210924", "BTC/USD-20210924", "BTC-24SEP21", "BTC-20210924"],
    },
    {
      market: "future",
      symbol: "ETH-USDC-20220603",
      native: "ETH_USDC-3JUN22",
      spellings: ["ETH-USDC-20220603", "ETH_USDC-3JUN22", "ETHUSDC-20220603"],
    },
    {
      market: "option",
      symbol: "BTC-20210924-8000-P",
      native: "BTC-24SEP21-8000-P",
      spellings: ["BTC-20210924-8000-P", "BTC-24SEP21-8000-P", "BTC-USD-20210924-8000-P"],
    },
    {
      market: "option",
      symbol: "XRP-USDC-20230630-0.625-C",
      native: "XRP_USDC-30JUN23-0d625-C",
      spellings: ["XRP-USDC-20230630-0.625-C", "XRP_USDC-30JUN23-0d625-C"],
    },
    {
      market: "index",
      symbol: "BTC-USD-INDEX",
      native: "btc_usd",
      spellings: ["BTC-USD-INDEX", "BTC/USD-INDEX", "btc_usd"],
    },
  ],
  refuses: [
    { symbol: "nonsense" },
    { symbol: "BTC-31FEB21" },
    { symbol: "BTC-USD-20211301" },
    { symbol: "BTC-USDC", dataType: "funding" },
    { symbol: "BTC-USDC", dataType: "mark_price" },
    { symbol: "BTC-USD-20210924", dataType: "funding" },
    { symbol: "BTC-USD-INDEX", dataType: "trade" },
    { symbol: "BTC-USDC-PERP", dataType: "volatility_index" },
    { symbol: "BTC-USD-PERP", dataType: "kline_4h" },
  ],
  messages: [...messages, ...books, ...derivatives],
  controls,
  listed,
  polls,
  simulated: {
    symbols: ["BTC-USDT", "BTC-USD-PERP", "BTC-USD-INDEX"],
    book: { symbol: "BTC-USD-PERP", native: "BTC-PERPETUAL" },
  },
})
