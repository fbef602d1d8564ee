import { parseByteSize, parseDuration } from "../../domain/ConfigValue.ts"
import type { Fault, FaultKind } from "./Fault.ts"
import { garbageKinds } from "./Garbage.ts"

/** What a fault strikes, one by one. */
export type Strikes = "message" | "connection" | "subscription" | "door" | "venue"

/** How an argument is written. */
export interface Argument {
  readonly field: string
  /** `undefined` where the text is none. */
  readonly read: (text: string) => number | string | undefined
  readonly write: (value: number | string) => string
  readonly expected: string
}

export interface KindTraits {
  readonly strikes: Strikes
  /** It lasts until something ends it, and needs no word about when. */
  readonly lasting: boolean
  readonly argument?: Argument
}

const time = "a time with its unit: 250ms, 5s, 2m, 1h"

/** Milliseconds of a time with its unit. */
export const readTime = (text: string): number | undefined =>
  /^\d+(\.\d+)?[a-z]+$/.test(text) ? parseDuration(text) : undefined

export const writeTime = (millis: number): string => {
  for (const [unit, size] of [
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
  ] as const)
    if (millis !== 0 && millis % size === 0) return `${millis / size}${unit}`
  return `${millis}ms`
}

const count = (field: string, what: string): Argument => ({
  field,
  read: (text) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined),
  write: String,
  expected: `${what}, a whole number above 0`,
})

const duration = (field: string, what: string): Argument => ({
  field,
  read: readTime,
  write: (value) => writeTime(Number(value)),
  expected: `${what}, ${time}`,
})

const signedDuration: Argument = {
  field: "byMillis",
  read: (text) => {
    const millis = readTime(text.replace(/^[+-]/, ""))
    return millis === undefined ? undefined : text.startsWith("-") ? -millis : millis
  },
  write: (value) => `${Number(value) < 0 ? "-" : "+"}${writeTime(Math.abs(Number(value)))}`,
  expected: "by how much the exchange's clock is wrong, +30s or -2m",
}

const word = (field: string, words: ReadonlyArray<string>): Argument => ({
  field,
  read: (text) => (words.includes(text) ? text : undefined),
  write: String,
  expected: `one of ${words.join(", ")}`,
})

const size: Argument = {
  field: "bytes",
  read: (text) => (/^\d/.test(text) ? parseByteSize(text) : undefined),
  write: String,
  expected: "a size: 8MiB, or a number of bytes",
}

const closeCode: Argument = {
  field: "code",
  read: (text) => (/^[1-4]\d{3}$/.test(text) ? Number(text) : undefined),
  write: String,
  expected: "the code of the close frame, 1000 to 4999",
}

const refusal: Argument = {
  field: "answer",
  read: (text) => (text === "reset" ? text : /^[45]\d\d$/.test(text) ? Number(text) : undefined),
  write: String,
  expected: "an HTTP status of 400 to 599, or reset",
}

const once = (strikes: Strikes, argument?: Argument): KindTraits =>
  argument === undefined ? { strikes, lasting: false } : { strikes, lasting: false, argument }
const lasting = (strikes: Strikes, argument?: Argument): KindTraits => ({
  ...once(strikes, argument),
  lasting: true,
})

export const faultKinds: Readonly<Record<FaultKind, KindTraits>> = {
  disconnect: once("connection", closeCode),
  reset: once("connection"),
  torn: once("connection"),
  life: lasting("connection", duration("lifeMillis", "the age at which a connection is cut")),
  shutdown: once("connection", duration("noticeMillis", "the time between the event and the cut")),
  stall: lasting("connection", word("messages", ["lost", "late"])),
  "half-open": lasting("connection"),
  slow: lasting("connection", count("bytesPerSecond", "bytes a second")),
  drop: once("message", count("messages", "how many messages")),
  duplicate: once("message", count("copies", "how many more copies")),
  reorder: once("message", count("messages", "how many messages change places")),
  malformed: once("message", word("garbage", garbageKinds)),
  garbage: once("message", word("garbage", garbageKinds)),
  checksum: once("message"),
  oversize: once("message", size),
  skew: lasting("message", signedDuration),
  "ack-only": lasting("subscription"),
  "sequence-reset": once("venue"),
  stale: lasting("door", duration("oldMillis", "how much older than the streams the snapshot is")),
  refuse: lasting("door", refusal),
  late: lasting("door", duration("delayMillis", "how late the answer is")),
  "429": lasting("door", duration("retryAfterMillis", "Retry-After")),
  "418": lasting("door", duration("retryAfterMillis", "Retry-After")),
}

/** What an argument is unless it is said. */
export const argumentDefaults = {
  code: 1001,
  lifeMillis: 86_400_000,
  noticeMillis: 10_000,
  stalled: "lost",
  bytesPerSecond: 64,
  messages: 1,
  copies: 1,
  reordered: 2,
  bytes: 8 * 1024 * 1024,
  byMillis: 60_000,
  oldMillis: 5000,
  answer: 503,
  delayMillis: 10_000,
  retryAfterMillis: 10_000,
} as const

export const isFaultKind = (text: string): text is FaultKind => Object.hasOwn(faultKinds, text)

/** The options of a fault beside its argument, as they are written; `every` takes a number or a time. */
export const optionNames = [
  "at",
  "age",
  "every",
  "for",
  "times",
  "p",
  "venue",
  "connection",
  "stream",
  "on",
] as const
export type OptionName = (typeof optionNames)[number]

const momentary: ReadonlyArray<FaultKind> = ["disconnect", "reset", "torn", "life", "shutdown"]

/** Why an option means nothing for a kind; `undefined` where it does. */
export const optionObjection = (kind: FaultKind, option: OptionName): string | undefined => {
  const { strikes } = faultKinds[kind]
  const choosesDoor = strikes === "door" && kind !== "stale"
  if (option === "on") return choosesDoor ? undefined : `only refuse, late, 429 and 418 can be "on" something`
  if (option === "for" && (momentary.includes(kind) || strikes === "venue"))
    return "it happens in a moment: it cannot last"
  if (option === "age" && strikes !== "message" && strikes !== "connection")
    return "it does not strike connections one by one: say at"
  if (option === "connection" && strikes === "venue") return "it strikes the venue, not a connection"
  if (kind === "life" && ["at", "age", "every"].includes(option))
    return "the argument says when: life:90s is at the age of 90 seconds"
  return undefined
}

/** Whether a fault says when it strikes, or needs not. */
export const saysWhen = (fault: Fault): boolean => {
  const { lasting: always, strikes } = faultKinds[fault.kind]
  if (always || fault.atMillis !== undefined || fault.ageMillis !== undefined) return true
  if (fault.everyMillis !== undefined) return true
  if (strikes === "venue") return false
  if (fault.every !== undefined || fault.probability !== undefined) return true
  return strikes === "message" && fault.forMillis !== undefined
}
