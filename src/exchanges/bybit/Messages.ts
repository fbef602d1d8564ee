import { Literal } from "../scan/Literal.ts"
import { otherMember } from "../scan/Members.ts"
import { byteAt, integer, literal, timeDigits, valueOf } from "../scan/Steps.ts"

/*
 * What scanners read of any message. Bybit orders fields as it likes, of spot otherwise than of contracts: none is known
 * by its place but the topic, which is first.
 */

const quote = 34
const comma = 44
const closing = 125
const letterD = 100
const letterT = 116

const text = {
  data: new Literal('data":'),
  delta: new Literal('delta"'),
  quote: new Literal('"'),
  snapshot: new Literal('snapshot"'),
  time: new Literal('ts":'),
  type: new Literal('type":"'),
}

/** Reads what `data` holds, from its first byte; the index behind it, or -1. */
export type ReadData = (bytes: DataView, at: number, symbolText: Literal) => number

/** What a message says besides its data: the same object for every frame. */
export const message = { time: -1, timeEnd: -1, isDelta: false }

/**
 * `","type":"delta","ts":…,"data":…,"cts":…}` from the quote behind the topic: type, time and data once each, and whatever
 * simple values else. False where it is anything else.
 */
export const readMessage = (
  bytes: DataView,
  at: number,
  frameEnd: number,
  symbolText: Literal,
  readData: ReadData,
): boolean => {
  message.time = -1
  let hasType = false
  let hasData = false
  let index = literal(bytes, at, text.quote)
  while (index >= 0 && byteAt(bytes, index) === comma && byteAt(bytes, index + 1) === quote) {
    const name = index + 2
    const first = byteAt(bytes, name)
    if (first === letterT) {
      const time = literal(bytes, name, text.time)
      if (time >= 0) {
        if (message.time >= 0) return false
        message.time = time
        index = message.timeEnd = integer(bytes, time, timeDigits)
        continue
      }
      const type = literal(bytes, name, text.type)
      if (type < 0 || hasType) return false
      hasType = true
      message.isDelta = byteAt(bytes, type) === letterD
      index = literal(bytes, type, message.isDelta ? text.delta : text.snapshot)
    } else if (first === letterD) {
      if (hasData) return false
      hasData = true
      index = readData(bytes, literal(bytes, name, text.data), symbolText)
    } else {
      index = otherMember(bytes, name)
    }
  }
  return (
    index >= 0 &&
    byteAt(bytes, index) === closing &&
    index + 1 === frameEnd &&
    hasType &&
    hasData &&
    message.time >= 0 &&
    valueOf(bytes, message.time, message.timeEnd) > 0
  )
}
