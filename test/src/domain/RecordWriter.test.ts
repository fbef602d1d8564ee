import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { noSequence } from "../../../src/domain/Decoded.ts"
import { encodeBatch } from "../../../src/domain/Encoder.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { FixedText } from "../../../src/domain/FixedText.ts"
import { RecordWriter } from "../../../src/domain/RecordWriter.ts"
import { makeStream, type Stream } from "../../../src/domain/Stream.ts"
import { giveBack } from "../../../src/domain/Slab.ts"
import { alone, summed, textBytes, type WrittenRecord } from "../../../src/domain/WrittenRecord.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"
import { Frame, frameOf } from "../../../src/domain/Frame.ts"

const streamOf = (symbol: string): Stream =>
  makeStream({
    venue: "test",
    dataType: { word: "trade", type: "trade" },
    instrument: { exchange: "test", market: "spot", base: "A", quote: "B", symbol, native: symbol },
    wire: `${symbol}@trade`,
    route: "",
  })

const streams = [streamOf("A-B"), streamOf("币安-USDT"), streamOf('x"y\\z')]

interface Message {
  readonly stream: Stream
  readonly key: string
  readonly time: number
  readonly receivedAt: number
  readonly value: string
}

const drawn = (dice: Dice, receivedAt: number): Message => ({
  stream: dice.pick(streams),
  key: String(dice.int(1e9)),
  time: dice.chance(0.3) ? 0 : 1 + dice.int(2e9) * 1000,
  receivedAt,
  value: "9".repeat(dice.chance(0.02) ? dice.int(100_000) : dice.int(300)),
})

/** A frame that is the key, the time and the value, one behind the other. */
const write = (writer: RecordWriter, { stream, key, time, receivedAt, value }: Message) => {
  const digits = String(time)
  const from = writer.lay(frameOf(Buffer.from(key + digits + value)))
  const timeAt = from + key.length
  const valueAt = timeAt + digits.length
  writer.begin(stream)
  writer.copy(from, timeAt)
  if (time === 0) writer.noEventTime(receivedAt)
  else writer.eventTime(timeAt, valueAt, receivedAt)
  writer.put(new FixedText('{"id":"'))
  writer.copy(from, timeAt)
  writer.put(new FixedText('","value":"'))
  writer.copy(valueAt, writer.frameEnd)
  writer.put(new FixedText('"}'))
  return writer.end(stream, time, 1, 2, noSequence)
}

const plain = ({ stream, key, time, receivedAt, value }: Message) => ({
  stream,
  type: stream.dataType.type,
  key,
  timestamp: time,
  receivedAt,
  data: `{"id":"${key}","value":"${value}"}`,
  first: 1,
  last: 2,
  previous: noSequence,
})

/** As sockets stamp them: many alike, mostly ascending, at any fraction; sometimes of a clock that was never set. */
const nextTime = (dice: Dice, before: number): number => {
  if (dice.chance(0.5)) return before
  if (dice.chance(0.02)) return dice.pick([0, 0.25, -1.5, 999_999_999_999.9996, 1e13, 1e12, 12345.678])
  return Math.max(0, before) + dice.int(3000) / 1000 + dice.pick([0, 1, 10, 1e6])
}

describe("records that are written at once", () => {
  it.effect("are the encoder's to the byte, whatever came before them, and give back key and data", () =>
    withSeeds(20, (dice) =>
      Effect.sync(() => {
        const source = dice.pick(["stream", "replay"] as const)
        const writer = new RecordWriter(source)
        const records: Array<ReturnType<typeof write>> = []
        const messages: Array<Message> = []
        let receivedAt = 1_723_161_254_024.619
        for (let count = 0; count < 500; count++) {
          receivedAt = nextTime(dice, receivedAt)
          // A frame that no scanner took leaves nothing behind.
          if (dice.chance(0.2)) writer.lay(frameOf(Buffer.alloc(dice.int(5000), "x")))
          const message = drawn(dice, receivedAt)
          messages.push(message)
          records.push(write(writer, message))
        }
        const encoded = encodeBatch(messages.map(plain), source)
        assert.strictEqual(encodeBatch(records, source), records)
        records.forEach((record, index) => {
          const envelope = encoded[index]!
          assert.strictEqual(payloadOf(record).toString(), payloadOf(envelope).toString())
          assert.strictEqual(record.bytes[record.end], 0x0a)
          const { stream, type, key, timestamp, receivedAt: at } = record
          assert.deepStrictEqual(
            [stream, type, key, timestamp, at, record.source],
            [envelope.stream, envelope.type, envelope.key, envelope.timestamp, envelope.receivedAt, source],
          )
          assert.strictEqual(record.data, plain(messages[index]!).data)
        })
      }),
    ),
  )

  it("keep their place among records that are encoded", () => {
    const writer = new RecordWriter("stream")
    const message = (key: string): Message => ({
      stream: streams[0]!,
      key,
      time: 5,
      receivedAt: 6.25,
      value: "1",
    })
    const written = write(writer, message("2"))
    const batch = [plain(message("1")), written, plain(message("3"))]
    assert.deepStrictEqual(
      encodeBatch(batch, "stream").map(({ key }) => key),
      ["1", "2", "3"],
    )
    assert.isTrue(encodeBatch(batch, "stream")[1] === written)
  })

  it("are the same objects again once they were given back, and the next ones in every field", () => {
    const writer = new RecordWriter("stream")
    const about = (index: number): Message => ({
      stream: streams[index % streams.length]!,
      key: String(10 ** (index % 7)),
      time: index % 3,
      receivedAt: 1_700_000_000_000 + index,
      value: "1".repeat(1 + (index % 40)),
    })
    const seen = new Set<WrittenRecord>()
    let again = 0
    for (let first = 0; first < 2_000; first += 100) {
      const written = Array.from({ length: 100 }, (_, index) => write(writer, about(first + index)))
      written.forEach((record, index) => {
        if (seen.has(record)) again++
        seen.add(record)
        const [fresh] = encodeBatch([plain(about(first + index))], "stream")
        const { stream, type, key, timestamp, receivedAt, checksum } = record
        assert.deepStrictEqual(
          { stream, type, key, timestamp, receivedAt, checksum, text: payloadOf(record).toString() },
          {
            stream: fresh!.stream,
            type: fresh!.type,
            key: fresh!.key,
            timestamp: fresh!.timestamp,
            receivedAt: fresh!.receivedAt,
            checksum: undefined,
            text: payloadOf(fresh!).toString(),
          },
        )
        // What is known of one must not be known of the next.
        summed(record, 7)
      })
      giveBack(written)
    }
    assert.isAbove(again, 500)
  })

  it("that are kept stand alone: they hold no more memory than their own bytes", () => {
    const message = { stream: streams[1]!, key: "7", time: 0, receivedAt: 8.5, value: "2.5" }
    const record = write(new RecordWriter("stream"), message)
    const kept = alone(record)
    assert.strictEqual(kept.data, record.data)
    assert.strictEqual(kept.key, record.key)
    assert.strictEqual(textBytes(kept), textBytes(record))
    const [envelope] = encodeBatch([kept], "stream")
    assert.strictEqual(payloadOf(envelope!).toString(), payloadOf(record).toString())
    assert.strictEqual(envelope!.bytes.length, record.end - record.start + 1)
    const encoded = plain(message)
    assert.strictEqual(alone(encoded), encoded)
  })

  it.effect("are read from frames that are laid as they were sent, whatever they hold", () =>
    withSeeds(200, (dice) =>
      Effect.sync(() => {
        const writer = new RecordWriter("stream")
        const frame = new Frame()
        const chunk = Buffer.from(
          Array.from({ length: 2000 }, () => dice.pick([0xff, 0x7f, 0xf7, dice.int(256)])),
        )
        for (let times = 0; times < 50; times++) {
          const from = dice.int(chunk.length)
          const to = from + dice.int(Math.min(chunk.length - from, dice.pick([20, 700])) + 1)
          const laid = writer.lay(frame.show(chunk, from, to))
          assert.strictEqual(writer.frameEnd - laid, to - from)
          assert.deepStrictEqual(writer.bytes.subarray(laid, writer.frameEnd), chunk.subarray(from, to))
        }
      }),
    ),
  )

  it("are read where their frame stands only if what follows it says that it ends there", () => {
    const writer = new RecordWriter("stream")
    const text = Buffer.from('{"id":"12')
    const next = Buffer.from([0x81, ...Buffer.alloc(40, "3")])
    const shown = (chunk: Buffer, from: number) => {
      const frame = new Frame().show(chunk, from, from + text.length)
      const at = writer.show(frame)
      const view = Array.from({ length: writer.frameEnd - at }, (_, index) =>
        writer.view.getUint8(at + index),
      )
      assert.deepStrictEqual(Buffer.from(view), text)
      return writer.view === frame.view
    }
    assert.isTrue(shown(Buffer.concat([next, text, next]), next.length))
    assert.isFalse(shown(text, 0), "nothing follows")
    assert.isFalse(
      shown(Buffer.concat([text, next.subarray(0, 20)]), 0),
      "a word there would run past the chunk",
    )
    assert.isFalse(shown(Buffer.concat([text, Buffer.alloc(200, "3")]), 0), "more digits follow")
  })
})
