import { exchangeInfo } from "../binance/Instruments.ts"
import { readContract } from "../binance-usdm/Instruments.ts"
import { parseExact } from "../wire/ExactJson.ts"

/** By the documents. Quantities count contracts of so many dollars: `contractSize`, a bare number. */
export const coinmInstruments = exchangeInfo({
  markets: ["perpetual", "future"],
  path: "/dapi/v1/exchangeInfo",
  weight: 1,
  parse: parseExact,
  read: readContract(({ contractSize }, quote) => ({
    quantityUnit: "contracts",
    ...(typeof contractSize === "string" ? { contractValue: { amount: contractSize, unit: quote } } : {}),
  })),
})
