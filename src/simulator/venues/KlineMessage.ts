import { klineSpan } from "../market/Bars.ts"
import type { Messages } from "./Protocol.ts"

/** Spot and USD-M write klines alike; only their digits differ. `x` is true in the one message after the close. */
export const klineMessage: Messages["kline"] = ({ listing, price, quantity, quote }, interval, bar, time) => {
  const { next } = klineSpan(interval, bar.start)
  const traded = bar.trades > 0
  return `{"e":"kline","E":${time},"s":"${listing.native}","k":{"t":${bar.start},"T":${next - 1},"s":"${listing.native}","i":"${interval}","f":${traded ? bar.firstTrade : -1},"L":${traded ? bar.firstTrade + bar.trades - 1 : -1},"o":"${price(bar.open)}","c":"${price(bar.close)}","h":"${price(bar.high)}","l":"${price(bar.low)}","v":"${quantity(bar.units)}","n":${bar.trades},"x":${time >= next},"q":"${quote(bar.quote)}","V":"${quantity(bar.buyUnits)}","Q":"${quote(bar.buyQuote)}","B":"0"}}`
}
