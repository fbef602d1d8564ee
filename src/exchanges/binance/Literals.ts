import { Literal } from "../scan/Literal.ts"

/*
 * What stands between the values of Binance's messages, in the order in which the exchange writes their fields: by what it
 * follows and by the letter of the field that it begins.
 */

export const messageStart = {
  trade: new Literal('"e":"trade","E":'),
  aggregate: new Literal('"e":"aggTrade","E":'),
  depth: new Literal('"e":"depthUpdate","E":'),
  /** Of spot, whose best prices say neither what they are nor when. */
  spotBest: new Literal('"u":'),
  best: new Literal('"e":"bookTicker","u":'),
}

/** The symbol's field is read with the commas around it. */
export const afterSymbol = {
  U: new Literal('"U":'),
  a: new Literal('"a":'),
  b: new Literal('"b":"'),
  p: new Literal('"p":"'),
  ps: new Literal('"ps":"'),
  t: new Literal('"t":'),
}

/** A number, `true` or `false`, or a list. */
export const afterValue = {
  E: new Literal(',"E":'),
  M: new Literal(',"M":'),
  T: new Literal(',"T":'),
  a: new Literal(',"a":'),
  b: new Literal(',"b":'),
  l: new Literal(',"l":'),
  m: new Literal(',"m":'),
  p: new Literal(',"p":"'),
  pu: new Literal(',"pu":'),
  u: new Literal(',"u":'),
  end: new Literal("}}"),
}

export const afterText = {
  A: new Literal('","A":"'),
  B: new Literal('","B":"'),
  T: new Literal('","T":'),
  a: new Literal('","a":"'),
  f: new Literal('","f":'),
  q: new Literal('","q":"'),
  /** A trade of the order book, as nearly all are, and who made it. */
  marketMaker: new Literal('","X":"MARKET","m":'),
  next: new Literal('",'),
  end: new Literal('"}}'),
}
