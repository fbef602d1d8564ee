import { makeBinanceUsdm } from "../../../../src/exchanges/binance-usdm/index.ts"
import { instrumentsContract } from "../../../contract/venue/Instruments.ts"
import { listed } from "./fixtures/listed.ts"

instrumentsContract({
  name: "binance-usdm",
  make: makeBinanceUsdm,
  listed,
  simulated: { symbols: ["BTC-USDT-PERP"] },
})
