import { describe } from "@effect/vitest"
import { makeBinanceUsdm } from "../../../../src/exchanges/binance-usdm/index.ts"
import { makeBinance } from "../../../../src/exchanges/binance/index.ts"
import { type BooksFixture, booksContract } from "../../../contract/venue/Books.ts"
import { faultsContract } from "../../../contract/venue/Faults.ts"

const simulated = { symbols: ["BTC-USDT"] }

const fixtures: ReadonlyArray<BooksFixture> = [
  {
    name: "binance",
    make: makeBinance,
    simulated: { ...simulated, book: { symbol: "BTC-USDT", native: "BTCUSDT" } },
  },
  {
    name: "binance-usdm",
    make: makeBinanceUsdm,
    simulated: { ...simulated, book: { symbol: "BTC-USDT-PERP", native: "BTCUSDT" } },
  },
]

for (const fixture of fixtures)
  describe(fixture.name, () => {
    booksContract(fixture)
    faultsContract(fixture)
  })
