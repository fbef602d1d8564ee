import { describe } from "@effect/vitest"
import { makeBinanceUsdm } from "../../../../src/exchanges/binance-usdm/index.ts"
import { makeBinance } from "../../../../src/exchanges/binance/index.ts"
import { booksContract } from "../../../contract/venue/Books.ts"

const simulated = { symbols: ["BTC-USDT"] }

describe("binance", () => {
  const book = { symbol: "BTC-USDT", native: "BTCUSDT" }
  booksContract({ name: "binance", make: makeBinance, simulated: { ...simulated, book } })
})

describe("binance-usdm", () => {
  const book = { symbol: "BTC-USDT-PERP", native: "BTCUSDT" }
  booksContract({ name: "binance-usdm", make: makeBinanceUsdm, simulated: { ...simulated, book } })
})
