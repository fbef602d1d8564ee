import { readSession } from "../../support/recordings.ts"

/** A number in a frame that differs from lap to lap: `digits` characters at `at`, `base` in the first lap. */
interface Shifted {
  readonly at: number
  readonly digits: number
  readonly base: number
  readonly step: number
}

/** A recorded session as WebSocket frames, again and again without a seam. */
export interface Laps {
  /** Messages of one lap. */
  readonly messages: number
  /** Where each message's frame begins in a lap; one more entry for the lap's end. */
  readonly offsets: ReadonlyArray<number>
  /** Messages of the first lap up to and with the last delta that the snapshot contains. */
  readonly beforeSnapshot: number
  /** The recorded REST answer, which belongs to the first lap. */
  readonly snapshot: string
  /** All frames of a lap, counted from 0, in a buffer of its own. */
  readonly lap: (lap: number) => Buffer
}

/** An unmasked text frame, as servers send them. */
const frameOf = (payload: Buffer): Buffer => {
  const { length } = payload
  const header =
    length < 126
      ? Buffer.from([0x81, length])
      : length < 65_536
        ? Buffer.from([0x81, 126, length >> 8, length & 255])
        : Buffer.from([
            0x81,
            127,
            0,
            0,
            0,
            0,
            length >>> 24,
            (length >> 16) & 255,
            (length >> 8) & 255,
            length & 255,
          ])
  return Buffer.concat([header, payload])
}

type Field = "E" | "T" | "t" | "U" | "u"

interface Message {
  readonly text: string
  readonly event: string | undefined
  readonly numbers: Readonly<Partial<Record<Field, number>>>
}

const messageOf = (text: string): Message => {
  const { data } = JSON.parse(text) as { readonly data: Readonly<Record<string, unknown>> }
  const numbers: Partial<Record<Field, number>> = {}
  for (const field of ["E", "T", "t", "U", "u"] as const) {
    const value = data[field]
    if (typeof value === "number") numbers[field] = value
  }
  return { text, event: data["e"] as string | undefined, numbers }
}

const values = (messages: ReadonlyArray<Message>, event: string, field: Field): ReadonlyArray<number> =>
  messages.flatMap((message) => (message.event === event ? [message.numbers[field]!] : []))

/** What each number goes up by from lap to lap, so that the next lap's chain and ids follow the last one's. */
const stepsOf = (messages: ReadonlyArray<Message>): Readonly<Record<Field, number>> => {
  const first = values(messages, "depthUpdate", "U")
  const last = values(messages, "depthUpdate", "u")
  const ids = values(messages, "trade", "t")
  const times = values(messages, "depthUpdate", "E")
  const sequence = last.at(-1)! - first[0]! + 1
  const time = times.at(-1)! - times[0]! + 100
  return { U: sequence, u: sequence, t: ids.at(-1)! - ids[0]! + 1, E: time, T: time }
}

const writeDigits = (into: Buffer, at: number, digits: number, value: number): void => {
  let rest = value
  for (let index = at + digits - 1; index >= at; index--) {
    const next = Math.floor(rest / 10)
    into[index] = 48 + (rest - next * 10)
    rest = next
  }
}

/** The recorded spot session. Its times, ids and sequences go up with each lap; prices and quantities stay. */
export const makeLaps = (session = "binance/2024-08-08-ethusdt"): Laps => {
  const lines = readSession(session).filter(({ dir, raw }) => dir === "in" && raw !== undefined)
  const snapshot = lines.find(({ raw }) => raw!.startsWith('{"lastUpdateId"'))!.raw!
  const { lastUpdateId } = JSON.parse(snapshot) as { readonly lastUpdateId: number }
  const messages = lines.filter(({ raw }) => raw!.startsWith('{"stream"')).map(({ raw }) => messageOf(raw!))
  const steps = stepsOf(messages)
  const frames: Array<Buffer> = []
  const offsets: Array<number> = [0]
  const shifted: Array<Shifted> = []
  for (const { text, numbers } of messages) {
    const payload = Buffer.from(text)
    const frame = frameOf(payload)
    const start = offsets.at(-1)! + frame.length - payload.length
    for (const [field, base] of Object.entries(numbers) as Array<[Field, number]>) {
      const at = text.indexOf(`"${field}":${base}`) + field.length + 3
      shifted.push({ at: start + at, digits: String(base).length, base, step: steps[field] })
    }
    frames.push(frame)
    offsets.push(offsets.at(-1)! + frame.length)
  }
  const template = Buffer.concat(frames)
  const contained = messages.findLastIndex(
    ({ event, numbers }) => event === "depthUpdate" && numbers.u! <= lastUpdateId,
  )
  return {
    messages: messages.length,
    offsets,
    beforeSnapshot: contained + 1,
    snapshot,
    lap: (lap) => {
      const bytes = Buffer.allocUnsafeSlow(template.length)
      template.copy(bytes)
      if (lap > 0)
        for (const { at, digits, base, step } of shifted) writeDigits(bytes, at, digits, base + lap * step)
      return bytes
    },
  }
}
