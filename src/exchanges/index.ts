import { makeBinanceCoinm } from "./binance-coinm/index.ts"
import { makeBinanceUsdm } from "./binance-usdm/index.ts"
import { makeBinance } from "./binance/index.ts"
import { makeBybit } from "./bybit/index.ts"
import { makeCoinbase } from "./coinbase/index.ts"
import { makeDeribit } from "./deribit/index.ts"
import { makeHtxSwap } from "./htx-swap/index.ts"
import { makeHtx } from "./htx/index.ts"
import { makeKraken } from "./kraken/index.ts"
import { makeOkx } from "./okx/index.ts"
import type { Venue } from "./Venue.ts"

/** Every venue by its name in the configuration. Each call makes a fresh one: streams are interned per venue object. */
export const venues: ReadonlyMap<string, () => Venue> = new Map([
  ["binance", makeBinance],
  ["binance-usdm", makeBinanceUsdm],
  ["binance-coinm", makeBinanceCoinm],
  ["bybit", makeBybit],
  ["coinbase", makeCoinbase],
  ["deribit", makeDeribit],
  ["htx", makeHtx],
  ["htx-swap", makeHtxSwap],
  ["kraken", makeKraken],
  ["okx", makeOkx],
])

export const venueNames: ReadonlyArray<string> = [...venues.keys()]
