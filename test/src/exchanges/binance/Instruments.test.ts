import { makeBinance } from "../../../../src/exchanges/binance/index.ts"
import { instrumentsContract } from "../../../contract/venue/Instruments.ts"
import { listed } from "./fixtures/listed.ts"

instrumentsContract({
  name: "binance",
  make: makeBinance,
  listed,
  simulated: { symbols: ["BTC-USDT"] },
})
