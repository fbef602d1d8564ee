import { Schema } from "effect"
import { isUtf8 } from "node:buffer"
import type { Output } from "../../src/domain/Decoded.ts"
import * as Usdm from "../../src/exchanges/binance-usdm/Messages.ts"
import * as Spot from "../../src/exchanges/binance/Messages.ts"
import { type Message, type VenueName, expectedPayload } from "./binanceRecords.ts"
import type { Dice } from "./seed.ts"

/** One kind of message of one venue: its stream, its Schema, and the fields as they stand on the wire. */
export interface MessageKind {
  readonly venue: VenueName
  readonly wire: string
  readonly schema: Schema.Codec<Message, unknown>
  /** Fields in the order of the wire; those that the Schema does not name have a value here. */
  readonly layout: Readonly<Record<string, unknown>>
  readonly scanned: boolean
}

/** `"e E M=true"`: fields from the message, and constants of which no record knows. */
const layoutOf = (fields: string): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    fields.split(" ").map((field) => {
      const [name, constant] = field.split("=")
      return [name, constant === undefined ? undefined : JSON.parse(constant)]
    }),
  )

const kindsOf =
  (venue: VenueName) =>
  (wire: string, schema: unknown, fields: string, scanned = false): MessageKind => ({
    venue,
    wire,
    schema: schema as MessageKind["schema"],
    layout: layoutOf(fields),
    scanned,
  })

const spot = kindsOf("binance")
const usdm = kindsOf("binance-usdm")

const ticker = 'e E s p P w="1.5" c Q="2" b B a A o h l v q O C F=1 L=2 n=3'

/** Every kind of message of both venues. */
export const messageKinds: ReadonlyArray<MessageKind> = [
  spot("ethusdt@trade", Spot.Trade, "e E s t p q T m M=true", true),
  spot("ethusdt@aggTrade", Spot.AggregateTrade, "e E s a p q f l T m M=false", true),
  spot("ethusdt@kline_1M", Spot.Kline, "e E s k"),
  spot("ethusdt@ticker", Spot.Ticker, ticker),
  spot("ethusdt@bookTicker", Spot.BookTicker, "u s b B a A", true),
  spot("ethusdt@depth@100ms", Spot.Delta, "e E s U u b a", true),
  spot("ethusdt@depth20@100ms", Spot.Snapshot, "lastUpdateId bids asks"),
  usdm("btcusdt@trade", Usdm.Trade, "e E T s t p q X m", true),
  usdm("btcusdt@aggTrade", Spot.AggregateTrade, "e E a s p q f l T m", true),
  usdm("btcusdt@kline_1m", Spot.Kline, "e E s k"),
  usdm("btcusdt@ticker", Spot.Ticker, ticker),
  usdm("btcusdt@bookTicker", Usdm.BookTicker, "e u s b B a A T=5 E", true),
  usdm("btcusdt@depth@100ms", Usdm.Delta, "e E T=5 s U u pu b a", true),
  usdm("btcusdt@depth5@100ms", Usdm.PartialBook, "e E T=5 s U=1 u pu=0 b a"),
]

export const nativeOf = (kind: MessageKind): string =>
  kind.wire.slice(0, kind.wire.indexOf("@")).toUpperCase()

const intervalOf = (kind: MessageKind): string | undefined => /@kline_(.+)$/.exec(kind.wire)?.[1]

/** A generated message, of the kind's own symbol and interval. */
export const own = (kind: MessageKind, message: Message): Message => {
  const s = nativeOf(kind)
  const symbol = message["s"] === undefined ? {} : { s }
  const k = message["k"] === undefined ? {} : { k: { ...(message["k"] as Message), s, i: intervalOf(kind) } }
  return { ...message, ...symbol, ...k }
}

/** Anything may stand behind a level's quantity, and so a bigint is generated, which no JSON holds. */
const jsonable = (_: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value)

/** The frame's text with the fields as the exchange orders them. */
export const frameText = (kind: MessageKind, message: Message): string => {
  const data = Object.fromEntries(
    Object.entries(kind.layout).map(([field, constant]) => [field, message[field] ?? constant]),
  )
  return JSON.stringify({ stream: kind.wire, data }, jsonable)
}

/** What must come of a frame: the payload, a skip, or a refusal; `undefined` where it names another stream. */
export const judge = (kind: MessageKind, frame: Buffer, receivedAt: number): string | undefined => {
  if (!isUtf8(frame)) return "rejected"
  let parsed: unknown
  try {
    parsed = JSON.parse(frame.toString("utf8"))
  } catch {
    return "rejected"
  }
  const { stream, data } = (parsed ?? {}) as { stream?: unknown; data?: Message }
  if (stream !== kind.wire || data?.["e"] === "serverShutdown") return undefined
  if (!Schema.is(kind.schema)(data)) return "rejected"
  // Spot's partial book alone names no symbol.
  if ("s" in kind.layout && data["s"] !== nativeOf(kind)) return "rejected"
  const k = data["k"] as Message | undefined
  if (intervalOf(kind) !== undefined && (k?.["s"] !== nativeOf(kind) || k["i"] !== intervalOf(kind)))
    return "rejected"
  if (kind.schema === (Usdm.Trade as unknown)) {
    const { X, p, q } = data
    if ((X !== undefined && X !== "MARKET") || Number(p) === 0 || Number(q) === 0) return "skipped"
  }
  return expectedPayload(kind.venue, kind.wire, data, receivedAt)
}

/** An output in the words of `judge`. */
export const outcome = (output: Output, payloads: ReadonlyArray<string>): string => {
  const { records, rejects, skips, controls } = output
  const count = records.length + rejects.length + skips.length + controls.length
  if (count !== 1) return `${count} results`
  return rejects.length === 1 ? "rejected" : skips.length === 1 ? "skipped" : (payloads[0] ?? "a control")
}

const odd: ReadonlyArray<unknown> = [
  "1".repeat(128),
  "1".repeat(129),
  ...JSON.parse(`[
    null, true, false, 0, -1, 1.5, 1e21, 1e300, -0, 9007199254740992, 9007199254740991, 253402300800000, 1e15,
    "", "0", "00.5", "1.", ".5", "1.2.3", "-1", "+1", "1e5", " 1", "x", "MARKET", "ADL",
    [], {}, [[]], [["1", "2"]], [["2", "1"], ["1.0", "1"], ["1.00", "2"], ["10", "0"]], [["1"]], [["1", 2]],
    [["1", "2", 3]]
  ]`),
]

/** Changes one value, somewhere in the message: to an odd one, to none, or to one more beside it. */
export const spoilValue = (dice: Dice, message: Message): Message => {
  const copy = JSON.parse(JSON.stringify(message, jsonable)) as Record<string, unknown>
  let node: Record<string, unknown> = copy
  for (;;) {
    const keys = Object.keys(node)
    if (keys.length === 0) return copy
    const key = dice.pick(keys)
    const value = node[key]
    if (typeof value === "object" && value !== null && dice.chance(0.7)) {
      node = value as Record<string, unknown>
      continue
    }
    const change = dice.int(5)
    if (change === 0) delete node[key]
    else node[change === 1 ? `${key}x` : key] = dice.pick(odd)
    return copy
  }
}

const characters = '0123456789.-+eE"\\,:[]{} \n\u0000atrufsx'

/** Changes the text in one place: a character, a piece cut out or doubled, an escape, a space, an end. */
export const spoilText = (dice: Dice, text: string): Buffer => {
  const at = dice.int(text.length)
  const length = 1 + dice.int(dice.chance(0.5) ? 3 : 40)
  const head = text.slice(0, at)
  const tail = text.slice(at)
  const changes: ReadonlyArray<() => string | Buffer> = [
    () => head,
    () => head + tail.slice(length),
    () => head + tail.slice(0, length) + tail,
    () => head + dice.pick([...characters]) + tail,
    () => head + dice.pick([...characters]) + tail.slice(1),
    () => head + "\\u" + (tail.charCodeAt(0) || 0).toString(16).padStart(4, "0") + tail.slice(1),
    () => head + "é" + tail,
    () => `${text}${dice.pick([" ", "\n", "}", "x", "\u0000"])}`,
    () => ` ${text}`,
    () => text.replace(/:(\d)/, ":0$1"),
    () => text.replace(/"(\d)/g, '"0$1'),
    // The last of two equal keys counts.
    () => text.replace('"data":{', `"data":{"s":"X","p":"1","u":7,"e":"trade",`),
    () => text.replace(/}}$/, `,${dice.pick(['"s":"X"', '"p":"1"', '"T":1', '"u":7', '"b":[]', '"m":1'])}}}`),
    () => text.replace(/}$/, `,${dice.pick(['"stream":"x@y"', '"data":{}', '"more":1'])}}`),
    () => {
      const bytes = Buffer.from(text)
      bytes[at] = dice.int(256)
      return bytes
    },
  ]
  const changed = dice.pick(changes)()
  return typeof changed === "string" ? Buffer.from(changed) : changed
}
