import type { Protocol, RestAnswer, RestManners } from "../Protocol.ts"
import { krakenAnatomy } from "./Anatomy.ts"
import { krakenDialogue } from "./Dialogue.ts"
import { krakenHistory } from "./History.ts"
import { messages } from "./Messages.ts"
import { pairOf, stream } from "./StreamNames.ts"

const refusal = (error: string): string => JSON.stringify({ error: [error] })

const manners: RestManners = {
  used: () => ({}),
  unknownPath: () => refusal("EGeneral:Unknown method"),
  limited: () => refusal("EAPI:Rate limit exceeded"),
  banned: () => refusal("EAPI:Rate limit exceeded"),
}

const rest: Protocol["rest"] = (path, query, now, { symbols }): RestAnswer | undefined => {
  const ok = (result: string): RestAnswer => ({
    status: 200,
    body: `{"error":[],"result":${result}}`,
    weight: 1,
  })
  switch (path) {
    case "/0/public/Time":
      return ok(`{"unixtime":${Math.floor(now / 1000)},"rfc1123":"${new Date(now).toUTCString()}"}`)
    case "/0/public/AssetPairs":
      return ok(
        `{${[...symbols.values()]
          .map(({ listing: { base, native, priceDecimals, quantityDecimals, quote } }) => {
            const altname = native.replace("/", "")
            return `"${altname}":{"altname":"${altname}","wsname":"${native.replace("/", "\\/")}","aclass_base":"currency","base":"${base}","aclass_quote":"currency","quote":"${quote}","pair_decimals":${priceDecimals},"lot_decimals":${quantityDecimals},"lot_multiplier":1,"status":"online"}`
          })
          .join(",")}}`,
      )
    default: {
      const pair = query.get("pair")
      if (pair === null) return undefined
      const symbol = [...symbols.values()].find(({ listing }) => listing.native.replace("/", "") === pair)
      if (symbol === undefined) return { status: 200, body: refusal("EQuery:Unknown asset pair"), weight: 1 }
      const told = krakenHistory(path, query, now, symbol)
      return told === undefined ? undefined : ok(`{"${pair}":${told}}`)
    }
  }
}

/**
 * Kraken's spot, version 1. Streams are called by channel and pair, `book-1000:XBT/USDT`; their payloads are whole
 * messages. The book is pushed every 100 ms, so that no two changes have the same time; the exchange pushes each one.
 */
export const kraken: Protocol = {
  venue: "kraken",
  limits: {
    messagesPerSecond: 20,
    streamsPerConnection: 1000,
    attempts: 150,
    attemptWindowMillis: 600_000,
    // It sends no ping frames.
    pingMillis: Number.POSITIVE_INFINITY,
    pongMillis: Number.POSITIVE_INFINITY,
    lifeMillis: Number.POSITIVE_INFINITY,
    weightPerMinute: 60,
    refusalsBeforeBan: 1000,
    banMillis: 60_000,
  },
  push: { kline: 1, ticker: 1 },
  klinePushMillis: () => 1000,
  tickerPushMillis: 1000,
  style: {
    priceDecimals: 1,
    unitDollars: 1,
    quoteDecimals: 12,
    natives: (base, quote) => [pairOf(base, quote)],
  },
  decimals: { price: 5, quantity: 8, quote: 8, average: 5 },
  messages,
  route: (path) => (path === "/" ? { name: "", combined: true, streams: [] } : undefined),
  stream,
  carries: () => true,
  dialogue: krakenDialogue(stream),
  wrap: (_, payload) => payload,
  anatomy: krakenAnatomy,
  idleMillis: 60_000,
  restManners: manners,
  rest,
}
