import type { RecordedLine } from "./recordings.ts"

/**
 * What a recorded Binance session holds, said a second time straight from the record contract and the exchange's
 * documents, without any of the product's code: the oracle of the replay tests. Field order is the contract's, so that
 * `JSON.stringify` of a record is the line that a files sink writes.
 */
export interface Oracle {
  /** The lines of each file, in order, by `<type>/<exchange>/<symbol>/<UTC day>`. */
  readonly files: ReadonlyMap<string, ReadonlyArray<string>>
  readonly records: number
  readonly contained: number
}

// oxlint-disable-next-line typescript/no-explicit-any -- recorded JSON of many shapes, read field by field
type Wire = any

type Level = readonly [string, string]

const descending = (left: Level, right: Level) => Number(right[0]) - Number(left[0])
const ascending = (left: Level, right: Level) => Number(left[0]) - Number(right[0])

const defined = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T

/** Milliseconds with microseconds as the fraction, cut off. */
const receivedAtOf = (nanos: string): number => Number(`${nanos.slice(0, -6)}.${nanos.slice(-6, -3)}`)

export const binanceOracle = (
  venue: "binance" | "binance-usdm",
  lines: ReadonlyArray<RecordedLine>,
): Oracle => {
  const spot = venue === "binance"
  const files = new Map<string, Array<string>>()
  const books = new Map<
    string,
    { last: number | undefined; joined: boolean; waiting: Array<() => void>; ranges: Array<Wire> }
  >()
  let records = 0
  let contained = 0

  const symbolOf = (native: string): string => {
    const quote = ["USDT", "BUSD", "USDC", "EUR", "BTC", "ETH"].find((suffix) => native.endsWith(suffix))!
    const pair = `${native.slice(0, -quote.length)}-${quote}`
    return spot ? pair : `${pair}-PERP`
  }

  const emit = (
    type: string,
    native: string,
    key: string,
    eventTime: number | undefined,
    receivedAt: number,
    data: object,
  ) => {
    const symbol = symbolOf(native)
    const timestamp = eventTime ?? Math.floor(receivedAt)
    const record = defined({
      type,
      exchange: "binance",
      market: spot ? "spot" : "perpetual",
      symbol,
      native,
      id: `binance:${symbol}:${type}:${key}`,
      timestamp,
      timestampSource: eventTime === undefined ? "receive" : undefined,
      receivedAt,
      source: "replay",
      data: defined(data),
    })
    const file = `${type}/binance/${symbol}/${new Date(timestamp).toISOString().slice(0, 10)}`
    const rows = files.get(file) ?? []
    files.set(file, rows)
    rows.push(JSON.stringify(record))
    records++
  }

  const bookOf = (native: string) => {
    const book = books.get(native) ?? { last: undefined, joined: false, waiting: [], ranges: [] }
    books.set(native, book)
    return book
  }

  const delta = (d: Wire, receivedAt: number) => {
    const book = bookOf(d.s)
    const apply = () => {
      const last = book.last!
      const inSnapshot = spot ? d.u <= last : !book.joined && d.u < last
      if (inSnapshot) {
        contained++
        return
      }
      const joins = spot ? d.U <= last + 1 : book.joined ? d.pu === last : d.U <= last || d.pu === last
      if (!joins) throw new Error(`${d.s}: ${d.U}..${d.u} does not follow ${last}`)
      book.joined = true
      book.last = d.u
      emit("depth", d.s, String(d.u), d.E, receivedAt, {
        kind: "delta",
        bids: [...d.b].sort(descending),
        asks: [...d.a].sort(ascending),
        sequence: defined({
          first: String(d.U),
          last: String(d.u),
          previous: d.pu === undefined ? undefined : String(d.pu),
        }),
      })
    }
    if (book.last === undefined) book.waiting.push(apply)
    else apply()
  }

  const snapshot = (m: Wire, native: string, levels: number, receivedAt: number) => {
    emit("depth", native, `snapshot:${levels}:${m.lastUpdateId}`, m.E, receivedAt, {
      kind: "snapshot",
      bids: m.bids,
      asks: m.asks,
      sequence: { last: String(m.lastUpdateId) },
      depth: levels,
    })
    const book = bookOf(native)
    book.last = m.lastUpdateId
    for (const apply of book.waiting.splice(0)) apply()
  }

  const event = (wire: string, d: Wire, receivedAt: number) => {
    if (wire.includes("@bookTicker"))
      return emit("bbo", d.s, String(d.u), d.E, receivedAt, {
        bid: d.b,
        bidQuantity: d.B,
        ask: d.a,
        askQuantity: d.A,
        sequence: String(d.u),
      })
    if (d.e === "trade")
      return emit("trade", d.s, String(d.t), d.E, receivedAt, {
        price: d.p,
        quantity: d.q,
        side: d.m ? "sell" : "buy",
        tradeId: String(d.t),
        tradeTime: d.T,
      })
    if (d.e === "aggTrade")
      return emit("trade", d.s, `agg:${d.a}`, d.E, receivedAt, {
        price: d.p,
        quantity: d.q,
        side: d.m ? "sell" : "buy",
        tradeId: String(d.a),
        tradeTime: d.T,
        aggregate: { first: String(d.f), last: String(d.l) },
      })
    if (d.e === "kline")
      return emit("kline", d.s, `${d.k.i}:${d.k.t}:${d.k.x ? "closed" : d.E}`, d.E, receivedAt, {
        interval: d.k.i,
        startTime: d.k.t,
        endTime: d.k.T,
        open: d.k.o,
        high: d.k.h,
        low: d.k.l,
        close: d.k.c,
        volume: d.k.v,
        quoteVolume: d.k.q,
        trades: d.k.n,
        closed: d.k.x,
      })
    if (d.e === "depthUpdate") return delta(d, receivedAt)
    throw new Error(`unknown event on ${wire}`)
  }

  for (const line of lines) {
    if (line.dir !== "in" && line.dir !== "rest") continue
    const receivedAt = receivedAtOf(line.t)
    const message: Wire = JSON.parse(line.raw!)
    if (message.lastUpdateId !== undefined) {
      const asked = line.url === undefined ? undefined : new URL(line.url).searchParams
      snapshot(
        message,
        asked?.get("symbol") ?? "ETHUSDT",
        Number(asked?.get("limit") ?? message.bids.length),
        receivedAt,
      )
    } else if (line.dir === "in") event(message.stream, message.data, receivedAt)
  }
  return { files, records, contained }
}
