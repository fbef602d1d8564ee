import { scanBbo, scanBest5, scanBook } from "./BookScanners.ts"
import type { Scan } from "../scan/KnownStreams.ts"
import { nextMember, simpleValue } from "../scan/Members.ts"
import { decimal, idDigits, integer, literal, timeDigits, valueOf } from "../scan/Steps.ts"
import { Trades } from "../scan/Trades.ts"

const comma = 44
const letterB = 98

/** Where the trades of a frame stand, the same for every frame. */
const trades = new Trades()

/**
 * `"},"data":[{"instId":"…","tradeId":"…","px":"…","sz":"…","side":"buy","ts":"…","count":"…","source":"…","seqId":…}]}`:
 * what follows the time in any order, as far as it is there.
 */
export const scanTrades: Scan = (at, { stream, symbolText }, frame, receivedAt, output) => {
  const { bytes, frameEnd } = output.writer
  trades.clear()
  let index = literal(bytes, at, '"},"data":[')
  for (;;) {
    const place = trades.next()
    if (place === undefined) return false
    place.id = literal(bytes, literal(bytes, literal(bytes, index, '{"instId":'), symbolText), ',"tradeId":"')
    place.idEnd = integer(bytes, place.id, idDigits)
    place.price = literal(bytes, place.idEnd, '","px":"')
    place.priceEnd = decimal(bytes, place.price)
    place.quantity = literal(bytes, place.priceEnd, '","sz":"')
    place.quantityEnd = decimal(bytes, place.quantity)
    const side = literal(bytes, place.quantityEnd, '","side":"')
    place.sold = bytes[side] !== letterB
    place.time = literal(bytes, literal(bytes, side, place.sold ? "sell" : "buy"), '","ts":"')
    place.timeEnd = integer(bytes, place.time, timeDigits)
    index = literal(bytes, place.timeEnd, '"')
    if (index < 0 || valueOf(bytes, place.time, place.timeEnd) === 0) return false
    while (bytes[index] === comma) {
      const name = nextMember(bytes, index)
      const count = literal(bytes, name, 'count":"')
      if (count >= 0) {
        if (place.count >= 0) return false
        place.count = count
        place.countEnd = integer(bytes, count, idDigits)
        index = literal(bytes, place.countEnd, '"')
      } else {
        const source = literal(bytes, name, 'source":')
        index = simpleValue(bytes, source >= 0 ? source : literal(bytes, name, 'seqId":'))
      }
      if (index < 0) return false
    }
    if (literal(bytes, index, "},{") >= 0) index += 2
    else if (literal(bytes, index, "}]}") === frameEnd) break
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
