import { isUtf8 } from "node:buffer"
import type { Letter } from "../../services/DeadLetters.ts"
import { startOf } from "../runtime/RateLimitedLog.ts"

const timeOf = (millis: number): string =>
  millis >= 0 && millis <= 8.64e15 ? new Date(millis).toISOString() : String(millis)

/** One line of anything, safe for a terminal. */
const lineOf = (text: string, limit = 160): string => startOf(Buffer.from(text, "utf8"), limit)

const whereOf = ({ venue, sink }: Letter): string => (sink === undefined ? venue : `${venue} → ${sink}`)

/** `12  2026-01-15T12:00:00.000Z  decode  binance  not_json  70 B  …` */
export const letterLine = (letter: Letter): string =>
  [
    String(letter.sequence).padStart(6),
    timeOf(letter.at),
    letter.stage.padEnd(6),
    whereOf(letter).padEnd(14),
    letter.reason.padEnd(15),
    `${letter.bytes.length} B`.padStart(9),
    lineOf(letter.detail),
  ].join("  ")

/** One JSON object, bytes as base64. */
export const letterJson = ({ bytes, ...letter }: Letter): string =>
  JSON.stringify({ ...letter, bytes: Buffer.from(bytes).toString("base64") })

const shownText = 16_384
const shownHex = 4096

const hexOf = (bytes: Buffer): string => {
  const lines: Array<string> = []
  for (let at = 0; at < Math.min(bytes.length, shownHex); at += 16) {
    const part = bytes.subarray(at, Math.min(at + 16, shownHex))
    const hex = part.toString("hex").replace(/../g, "$& ").padEnd(48)
    lines.push(
      `${at.toString(16).padStart(8, "0")}  ${hex} ${part.toString("latin1").replace(/[^ -~]/g, ".")}`,
    )
  }
  if (bytes.length > shownHex) lines.push(`… ${bytes.length - shownHex} bytes more: --raw gives them all`)
  return lines.join("\n")
}

/** Text as it stands, what would steer a terminal written out; as hex where it is no text. */
const bytesOf = (bytes: Buffer, hex: boolean): string => {
  if (hex || !isUtf8(bytes)) return hexOf(bytes)
  const more = bytes.length > shownText ? "; --raw gives them all" : ""
  return startOf(bytes, shownText) + more
}

/** Everything about a letter, for a person. */
export const letterText = (letter: Letter, hex: boolean): string => {
  const fields: ReadonlyArray<readonly [string, string | number | undefined]> = [
    ["put here", timeOf(letter.at)],
    ["received", timeOf(letter.receivedAt)],
    ["stage", `${letter.stage}, tried ${letter.attempts === 1 ? "once" : `${letter.attempts} times`}`],
    ["venue", letter.venue],
    ["sink", letter.sink],
    ["connection", letter.connection],
    ["route", letter.route],
    ["stream", letter.stream],
    ["position", letter.position],
    ["reason", letter.reason],
    ["detail", lineOf(letter.detail, 2000)],
    ["size", `${letter.bytes.length} bytes`],
  ]
  const cause = letter.cause?.split("\n").map((line) => `    ${lineOf(line)}`) ?? []
  return [
    `letter ${letter.sequence}`,
    ...fields.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(11)} ${value}`])),
    ...(cause.length === 0 ? [] : ["  cause", ...cause]),
    "",
    bytesOf(Buffer.from(letter.bytes), hex),
  ].join("\n")
}
