import type { ListedInstrument } from "../../domain/ListedInstrument.ts"
import { exchangeInfo, statusOf, stepsOf } from "../binance/Instruments.ts"
import type { Fields } from "../wire/Fields.ts"
import { assetOf, nativeOf, terms } from "../wire/Instruments.ts"

const delivery = /_(\d{6})$/

/**
 * A row of USD-M's or COIN-M's `exchangeInfo`: a perpetual, or a future by the day at the end of its name. One without a
 * day is a perpetual, whatever its kind is called: there are some by new names each year (`TRADIFI_PERPETUAL`), and none
 * by an empty one before it trades.
 */
export const readContract =
  (more: (row: Fields, quote: string) => Pick<ListedInstrument, "contractValue" | "quantityUnit">) =>
  (row: Fields): ListedInstrument | "unreadable" => {
    const base = assetOf(row["baseAsset"])
    const quote = assetOf(row["quoteAsset"])
    const native = nativeOf(row["symbol"])
    if (base === undefined || quote === undefined || native === undefined) return "unreadable"
    const day = delivery.exec(native)?.[1]
    const { contractValue, quantityUnit } = more(row, quote)
    return {
      exchange: "binance",
      market: day === undefined ? "perpetual" : "future",
      base,
      quote,
      symbol: `${base}-${quote}-${day === undefined ? "PERP" : `20${day}`}`,
      native,
      status: statusOf(row["status"] ?? row["contractStatus"]),
      quantityUnit,
      ...terms({
        ...stepsOf(row),
        contractValue,
        listedAt: row["onboardDate"],
        // Of perpetuals it is a day in 2100.
        expiresAt: day === undefined ? undefined : row["deliveryDate"],
      }),
    }
  }

/** Recorded in 2021. Quantities count the base. */
export const usdmInstruments = exchangeInfo({
  markets: ["perpetual", "future"],
  path: "/fapi/v1/exchangeInfo",
  weight: 1,
  read: readContract(() => ({ quantityUnit: "base" })),
})
