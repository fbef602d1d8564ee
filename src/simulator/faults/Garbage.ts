import { sequence } from "../market/Hash.ts"
import type { Delivery } from "../server/Interference.ts"
import type { Anatomy } from "../venues/Anatomy.ts"
import type { Protocol } from "../venues/Protocol.ts"

/** What an exchange never ought to say. */
export const garbageKinds = [
  "cut",
  "text",
  "empty",
  "json",
  "utf8",
  "binary",
  "type",
  "missing",
  "number",
  "levels",
  "event",
  "stream",
  "symbol",
  "nested",
  "frame",
] as const
export type GarbageKind = (typeof garbageKinds)[number]

/** What obliges a WebSocket client to end the connection comes only where it is asked for. */
const fatal: ReadonlyArray<GarbageKind> = ["utf8", "frame"]
const usual = garbageKinds.filter((kind) => !fatal.includes(kind))

const pick = <A>(list: ReadonlyArray<A>, dice: (bound: number) => number): A => list[dice(list.length)]!

const texts = [
  "hello",
  "<html><body><h1>502 Bad Gateway</h1></body></html>",
  `\u001b[2J\u0007 a text that would steer a terminal`,
  "undefined",
  `{"stream":btcusdt@trade,"data":{}}`,
  `{"e":"trade",}`,
]
const values = ["null", "[]", "[1,2]", "42", "true", `"trade"`, "{}"]
const numbers = [
  `"NaN"`,
  `"1e400000000"`,
  `"-Infinity"`,
  `"0x10"`,
  `""`,
  `"1,5"`,
  `"${"9".repeat(5000)}"`,
  "1e300",
]
const types = ["null", "[]", "{}", `"seven"`]

/** Puts something else in the place of one of the fields that the first of `wanted` takes which takes any. */
const replaceField = (
  text: string,
  { needed, optional }: Anatomy,
  wanted: ReadonlyArray<(field: RegExpExecArray) => boolean>,
  put: (name: string | undefined) => string,
  dice: (bound: number) => number,
): string => {
  const spared = optional?.(text) ?? []
  const fields = [...text.matchAll(needed)].filter((field) => !spared.includes(field[1] ?? ""))
  const chosen = wanted.map((of) => fields.filter(of)).find((each) => each.length > 0)
  if (chosen === undefined) return ""
  const field = pick(chosen, dice)
  return text.slice(0, field.index) + put(field[1]) + text.slice(field.index + field[0].length)
}

const named = (name: string | undefined, value: string) => (name === undefined ? value : `"${name}":${value}`)

const isDecimal = ([whole]: RegExpExecArray) => /(^|:)"-?\d[\d.]*"$/.test(whole)
const isNumber = ([whole]: RegExpExecArray) => /(^|:)-?\d\S*$/.test(whole)
const hasName = ([, name]: RegExpExecArray) => name !== undefined
const hasNone = ([, name]: RegExpExecArray) => name === undefined

const madeLike = (
  { stream, text }: Pick<Delivery, "stream" | "text">,
  kind: GarbageKind | undefined,
  seed: number,
  { anatomy, wrap }: Pick<Protocol, "anatomy" | "wrap">,
): Delivery => {
  const dice = sequence(seed)
  const replace = (
    wanted: Parameters<typeof replaceField>[2],
    put: Parameters<typeof replaceField>[3],
  ): Delivery => payload(replaceField(text, anatomy, wanted, put, dice))
  const message = (whole: string): Delivery => ({ stream, text: whole, form: "message" })
  // Some kinds find nothing to damage in some messages.
  const payload = (changed: string): Delivery =>
    changed === "" || changed === text ? message(pick(texts, dice)) : { stream, text: changed }
  switch (kind ?? pick(usual, dice)) {
    case "cut": {
      const whole = wrap(stream, text)
      return message(whole.slice(0, 1 + dice(whole.length - 1)))
    }
    case "text":
      return message(pick(texts, dice))
    case "empty":
      return message("")
    case "json":
      return message(pick(values, dice))
    case "utf8":
      return message(`{"stream":"${stream}","data":{"e":"\xc3\x28\xff"}}`)
    case "binary":
      return {
        stream,
        form: "binary",
        text: Array.from({ length: 1 + dice(200) }, () => String.fromCharCode(dice(256))).join(""),
      }
    case "type":
      return replace([hasName, hasNone], (name) => named(name, pick(types, dice)))
    case "missing":
      return replace([hasName], () => `"was here":0`)
    case "number":
      return replace([isDecimal, isNumber], (name) => named(name, pick(numbers, dice)))
    case "levels":
      return payload(
        text.replace(/"(b|bs|bids|a|as|asks|changes)":\[(?:\[[^\]]*\],?)*\]/, `"$1":[["1"],[2,3],"4"]`),
      )
    case "event":
      return payload(`{"e":"surprise"}`)
    case "stream":
      return anatomy.stream === undefined
        ? message(wrap("nobody@mystery", text))
        : payload(text.replace(...anatomy.stream))
    case "symbol":
      return payload(text.replace(...anatomy.symbol))
    case "nested":
      return message("[".repeat(100_000) + "]".repeat(100_000))
    case "frame":
      // A reserved bit and a reserved opcode: no client may take it.
      return { stream, form: "bytes", text: "\xf3\x04oops" }
  }
}

/**
 * A message of this kind in the likeness of one that was due, the same for the same seed. A payload stays below its
 * stream's name; everything else stands alone.
 */
export const garbageLike = (
  like: Pick<Delivery, "stream" | "text">,
  kind: GarbageKind | undefined,
  seed: number,
  venue: Pick<Protocol, "anatomy" | "wrap">,
): Delivery => ({ ...madeLike(like, kind, seed, venue), madeUp: true })
