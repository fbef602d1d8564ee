import { binance } from "./Binance.ts"
import { binanceCoinm } from "./BinanceCoinm.ts"
import { binanceUsdm } from "./BinanceUsdm.ts"
import { bybit } from "./bybit/index.ts"
import { coinbase } from "./coinbase/index.ts"
import { deribit } from "./deribit/index.ts"
import { htxSwap } from "./htx-swap/index.ts"
import { htx } from "./htx/index.ts"
import { kraken } from "./kraken/index.ts"
import { okx } from "./okx/index.ts"
import type { Protocol, VenueName } from "./Protocol.ts"

/** Every venue that can be simulated; a new one is a file here and a line below. */
const all: ReadonlyArray<Protocol> = [
  binance,
  binanceCoinm,
  binanceUsdm,
  bybit,
  coinbase,
  deribit,
  htx,
  htxSwap,
  kraken,
  okx,
]

export const protocols: ReadonlyMap<VenueName, Protocol> = new Map(all.map((each) => [each.venue, each]))

export const venueNames: ReadonlyArray<VenueName> = [...protocols.keys()]

/** Those that are simulated unless others are named. */
export const usualVenues: ReadonlyArray<VenueName> = ["binance", "binance-usdm"]
