import { scanBbo, scanBest5, scanBook } from "./BookScanners.ts"
import type { Scan } from "../scan/KnownStreams.ts"
import { Literal } from "../scan/Literal.ts"
import { nextMember, simpleValue } from "../scan/Members.ts"
import { byteAt, decimal, idDigits, integer, literal, timeDigits, valueOf } from "../scan/Steps.ts"
import { Trades } from "../scan/Trades.ts"

const comma = 44
const letterB = 98

const text = {
  buy: new Literal("buy"),
  count: new Literal('count":"'),
  data: new Literal('"},"data":['),
  end: new Literal("}]}"),
  id: new Literal(',"tradeId":"'),
  next: new Literal("},{"),
  price: new Literal('","px":"'),
  quantity: new Literal('","sz":"'),
  quote: new Literal('"'),
  sell: new Literal("sell"),
  sequence: new Literal('seqId":'),
  side: new Literal('","side":"'),
  source: new Literal('source":'),
  symbol: new Literal('{"instId":'),
  time: new Literal('","ts":"'),
}

/** Where the trades of a frame stand, the same for every frame. */
const trades = new Trades()

/**
 * `"},"data":[{"instId":"…","tradeId":"…","px":"…","sz":"…","side":"buy","ts":"…","count":"…","source":"…","seqId":…}]}`:
 * what follows the time in any order, as far as it is there.
 */
export const scanTrades: Scan = (at, { stream, symbolText }, frame, receivedAt, output) => {
  const { frameEnd, view } = output.writer
  trades.clear()
  let index = literal(view, at, text.data)
  for (;;) {
    const place = trades.next()
    if (place === undefined) return false
    place.id = literal(view, literal(view, literal(view, index, text.symbol), symbolText), text.id)
    place.idEnd = integer(view, place.id, idDigits)
    place.price = literal(view, place.idEnd, text.price)
    place.priceEnd = decimal(view, place.price)
    place.quantity = literal(view, place.priceEnd, text.quantity)
    place.quantityEnd = decimal(view, place.quantity)
    const side = literal(view, place.quantityEnd, text.side)
    place.sold = byteAt(view, side) !== letterB
    place.time = literal(view, literal(view, side, place.sold ? text.sell : text.buy), text.time)
    place.timeEnd = integer(view, place.time, timeDigits)
    index = literal(view, place.timeEnd, text.quote)
    if (index < 0 || valueOf(view, place.time, place.timeEnd) === 0) return false
    while (byteAt(view, index) === comma) {
      const name = nextMember(view, index)
      const count = literal(view, name, text.count)
      if (count >= 0) {
        if (place.count >= 0) return false
        place.count = count
        place.countEnd = integer(view, count, idDigits)
        index = literal(view, place.countEnd, text.quote)
      } else {
        const source = literal(view, name, text.source)
        index = simpleValue(view, source >= 0 ? source : literal(view, name, text.sequence))
      }
      if (index < 0) return false
    }
    if (literal(view, index, text.next) >= 0) index += 2
    else if (literal(view, index, text.end) === frameEnd) break
    else return false
  }
  trades.write(stream, frame, receivedAt, output, -1, -1, true)
  return true
}

/** By channel. */
export const okxScanners: ReadonlyMap<string, Scan> = new Map([
  ["trades", scanTrades],
  ["trades-all", scanTrades],
  ["books", scanBook],
  ["books5", scanBest5],
  ["bbo-tbt", scanBbo],
])
