import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { FrameReader } from "../../../layers/connector/FrameReader.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"

interface Frame {
  readonly bytes: Buffer
  /** Whether it is a whole message that needs nobody else. */
  readonly plain: boolean
}

const maxFrameBytes = 3000
const text = 1
const binary = 2
const close = 8

const lengthOf = (size: number, wide: boolean): Buffer => {
  const bytes = Buffer.alloc(9)
  if (wide || size > 0xffff) {
    bytes[0] = 127
    bytes.writeBigUInt64BE(BigInt(size), 1)
    return bytes
  }
  if (size < 126) return Buffer.from([size])
  bytes[0] = 126
  bytes.writeUInt16BE(size, 1)
  return bytes.subarray(0, 3)
}

const frameOf = (first: number, payload: Buffer, mask?: Buffer, wide = false): Buffer => {
  const length = lengthOf(payload.length, wide)
  if (mask !== undefined) length[0] = length[0]! | 0x80
  return Buffer.concat([Buffer.from([first]), length, mask ?? Buffer.alloc(0), payload])
}

/** Whatever a peer may send, right or wrong, before it closes. `kind`: of all its messages, text or binary. */
const anyFrames = (dice: Dice, kind: number): ReadonlyArray<Frame> => {
  const frames: Array<Frame> = []
  let isFragmented = false
  const count = dice.int(60)
  const payload = (limit: number) => Buffer.alloc(dice.int(limit), dice.int(256))
  for (let n = 0; n < count; n++) {
    const isControl = dice.chance(0.1)
    const opcode = isControl ? dice.pick([9, 10]) : isFragmented && dice.chance(0.9) ? 0 : kind
    const isFinal = isControl || dice.chance(0.9)
    const size = isControl ? 126 : dice.chance(0.03) ? 70_000 : dice.pick([2, 126, 200, 2 * maxFrameBytes])
    const mask = dice.chance(0.03) ? Buffer.from([1, 2, 3, 4]) : undefined
    const wide = !isControl && dice.chance(0.05)
    const body = payload(size)
    const plain =
      !isControl &&
      isFinal &&
      !isFragmented &&
      mask === undefined &&
      body.length > 1 &&
      !wide &&
      body.length <= maxFrameBytes
    frames.push({ bytes: frameOf((isFinal ? 0x80 : 0) | opcode, body, mask, wide), plain })
    if (opcode === 0) isFragmented &&= !isFinal
    else if (!isControl) isFragmented = !isFinal
  }
  return frames
}

/** What came out, laid together again: a message's head as its sender had written it. */
const heard = (chunks: ReadonlyArray<Buffer>, kind: number) => {
  const out: Array<Buffer> = []
  let messages = 0
  const reader = new FrameReader({
    maxFrameBytes,
    onMessage: (chunk, from, to) => {
      messages++
      out.push(frameOf(0x80 | kind, chunk.subarray(from, to)))
    },
    others: (bytes) => void out.push(Buffer.from(bytes)),
  })
  for (const chunk of chunks) reader.read(chunk)
  return { bytes: Buffer.concat(out), messages, reader }
}

const cut = (bytes: Buffer, dice: Dice, longest: number): ReadonlyArray<Buffer> => {
  const chunks: Array<Buffer> = []
  for (let at = 0; at < bytes.length;) {
    const size = 1 + dice.int(longest)
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}

describe("FrameReader", () => {
  it.effect("tells every byte once and in order, however what was sent is cut", () =>
    withSeeds(100, (dice) =>
      Effect.sync(() => {
        const kind = dice.pick([text, binary])
        const sent = Buffer.concat(anyFrames(dice, kind).map(({ bytes }) => bytes))
        const { bytes } = heard(cut(sent, dice, dice.pick([1, 3, 20, 500, 65_536])), kind)
        assert.isTrue(bytes.equals(sent), `${bytes.length} of ${sent.length} bytes`)
      }),
    ),
  )

  it.effect("takes whole messages itself, and leaves alone what needs all of the protocol", () =>
    withSeeds(100, (dice) =>
      Effect.sync(() => {
        const kind = dice.pick([text, binary])
        const frames = anyFrames(dice, kind)
        const whole = frames.map(({ bytes }) => bytes)
        const { messages } = heard(whole, kind)
        assert.strictEqual(messages, frames.filter(({ plain }) => plain).length)
      }),
    ),
  )

  it.effect("a frame begins and ends with the same reader", () =>
    withSeeds(100, (dice) =>
      Effect.sync(() => {
        const frames = anyFrames(dice, text)
        const sent = Buffer.concat(frames.map(({ bytes }) => bytes))
        const starts = new Set<number>()
        let at = 0
        for (const { bytes } of frames) {
          starts.add(at)
          at += bytes.length
        }
        let seen = 0
        const reader = new FrameReader({
          maxFrameBytes,
          onMessage: (_, from, to) => {
            assert.isTrue(starts.has(seen), "a message is given where a frame begins")
            seen += to - from + (to - from < 126 ? 2 : 4)
            assert.isTrue(seen === sent.length || starts.has(seen), "and ends where the next one does")
          },
          others: (bytes) => {
            seen += bytes.length
          },
        })
        for (const chunk of cut(sent, dice, 1000)) reader.read(chunk)
      }),
    ),
  )

  it.effect("nothing is said after a close frame, or after an end", () =>
    withSeeds(50, (dice) =>
      Effect.sync(() => {
        const goodbye = frameOf(0x80 | close, Buffer.from([3, 232]))
        const message = frameOf(0x81, Buffer.from("late"))
        const sent = Buffer.concat([goodbye, message, message])
        const { bytes, messages, reader } = heard(cut(sent, dice, 8), text)
        assert.isTrue(bytes.equals(goodbye))
        assert.strictEqual(messages, 0)
        reader.end()
        reader.read(message)
        assert.strictEqual(messages, 0)
      }),
    ),
  )
})
