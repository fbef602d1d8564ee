import { expect } from "vitest"
import { type Decode, type Decoded, makeOutput, type Output } from "../../src/domain/Decoded.ts"
import { encodeBatch } from "../../src/domain/Encoder.ts"
import { payloadOf } from "../../src/domain/Envelope.ts"
import { parseJson } from "../../src/exchanges/wire/ExactJson.ts"
import { WrittenRecord } from "../../src/domain/WrittenRecord.ts"
import { spoilText, spoilValue } from "./binanceMessages.ts"
import type { Dice } from "./seed.ts"
import { frameOf } from "../../src/domain/Frame.ts"
import { readFrame } from "./readFrame.ts"

/** A venue's decoder, and the same without its scanners; both with the same streams. */
export interface Pair {
  readonly scanning: Decode
  readonly guarded: Decode
}

export interface Frame {
  readonly text: Buffer
  readonly route?: string
}

/** Bytes as scans meet them: zeros behind them, as behind a frame that was laid. */
export const laid = (text: string): DataView =>
  new DataView(Uint8Array.from([...Buffer.from(text), ...Buffer.alloc(32)]).buffer)

const receivedAt = 1_723_161_254_024.619

/** All that a sink or a chain of ours may see of a record. */
const seen = (record: Decoded, payload: string) => {
  const { checksum, first, key, last, previous, receivedAt: at, stream, timestamp, type } = record
  return { payload, stream: stream.key, type, key, timestamp, at, first, last, previous, checksum }
}

const viewOf = ({ controls, records, rejects, skips }: Output) => {
  const envelopes = encodeBatch(records, "replay")
  return {
    records: records.map((record, index) => seen(record, payloadOf(envelopes[index]!).toString())),
    controls,
    rejects,
    skips,
  }
}

/**
 * Decodes the frames as one batch by both, and holds what comes to each other; how many records scanners wrote. Half of
 * the frames stand alone, the others among others as a socket reads them.
 */
export const holdToGuards = ({ guarded, scanning }: Pair, frames: ReadonlyArray<Frame>): number => {
  const [mine, theirs] = [scanning, guarded].map((decode) => {
    const output = makeOutput("replay")
    for (const { route, text } of frames) {
      const frame = text.length % 2 === 0 ? frameOf(text) : readFrame(text)
      const before = Buffer.from(frame.chunk)
      decode(frame, receivedAt, output, route)
      if (!before.equals(frame.chunk)) throw new Error(`the frame was changed: ${text.toString()}`)
    }
    return output
  }) as [Output, Output]
  const [wanted, got] = [viewOf(theirs), viewOf(mine)]
  if (JSON.stringify(wanted) !== JSON.stringify(got)) expect(got).toEqual(wanted)
  return mine.records.filter((record) => record instanceof WrittenRecord).length
}

const oddValues = [
  "0",
  "1",
  "-1",
  "-0",
  "007",
  "1.5",
  "1e5",
  "true",
  "null",
  "{}",
  "[]",
  "[[]]",
  "9007199254740993",
  '""',
  '"0"',
  '"1"',
  '"007"',
  '"1e5"',
  '"-1"',
  '"Buy"',
  '"sell"',
  '"delta"',
  '"é"',
  '"\\u0041"',
  '"\\q"',
  '"a\\"b"',
  '"\t"',
  `"${"1".repeat(129)}"`,
  `"${"a".repeat(65)}"`,
  '[["1","2"]]',
  '[["1","2","0","1"]]',
]

const member = /"(\w+)":("[^"]*"|-?[\d.]+|true|false)/g

/** One member gets an odd value, or stands there twice; or a byte is none of ASCII. */
const spoilMember = (dice: Dice, text: string): Buffer => {
  const found = dice.pick([...text.matchAll(member)])
  const [whole, name, value] = found
  const kind = dice.int(4)
  const odd = dice.pick(oddValues)
  const end = found.index + whole.length
  if (kind === 3) {
    const bytes = Buffer.from(text)
    bytes[found.index + whole.length - (value!.endsWith('"') ? 2 : 1)] = 0x80 + dice.int(128)
    return bytes
  }
  const put =
    kind === 0 ? `"${name}":${odd}` : kind === 1 ? `${whole},"${name}":${odd}` : `"${name}":${odd},${whole}`
  return Buffer.from(text.slice(0, found.index) + put + text.slice(end))
}

/** The same message changed somewhere: in its text, in one of its values, or in a member. */
export const spoilt = (dice: Dice, text: string): Buffer => {
  const kind = dice.int(4)
  if (kind === 0) return spoilText(dice, text)
  const message = kind > 1 ? undefined : parseJson(text)
  if (message === undefined) return spoilMember(dice, text)
  return Buffer.from(JSON.stringify(spoilValue(dice, message as Record<string, unknown>)))
}

/** A price or a quantity, in all the ways that one may be written. */
export const someDecimal = (dice: Dice): string => {
  const whole = dice.chance(0.1) ? "0" : String(dice.int(10 ** (1 + dice.int(6))))
  if (dice.chance(0.3)) return whole
  return `${whole}.${Array.from({ length: 1 + dice.int(9) }, () => dice.int(10)).join("")}`
}

/** Levels best first, or the best last, or in no order; sometimes two of a price. */
export const someLevels = (dice: Dice, highestFirst: boolean, most: number): Array<[string, string]> => {
  const levels = Array.from({ length: dice.int(most + 1) }, (): [string, string] => [
    someDecimal(dice),
    dice.chance(0.3) ? "0" : someDecimal(dice),
  ])
  if (levels.length > 1 && dice.chance(0.2))
    levels[0]![0] = `${levels[1]![0].replace(/^(\d+)$/, "$1.")}00`.replace(/\.00$/, ".0")
  if (dice.chance(0.1)) return levels
  const sign = highestFirst === dice.chance(0.85) ? -1 : 1
  return levels.toSorted(([left], [right]) => sign * (Number(left) - Number(right)))
}

/** The members in some order. */
export const shuffled = (dice: Dice, members: ReadonlyArray<readonly [string, unknown]>): string => {
  const left = [...members]
  const out: Array<string> = []
  while (left.length > 0) {
    const [[name, value] = ["", null]] = left.splice(dice.int(left.length), 1)
    out.push(`${JSON.stringify(name)}:${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
  }
  return out.join(",")
}
