import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, FileSystem, Scope } from "effect"
import * as Files from "../../../layers/sink/Files.ts"
import type { JournalIdentity } from "../../../services/Journal.ts"
import type { Sink } from "../../../services/Sink.ts"
import { encodeBatch } from "../../../src/domain/Encoder.ts"
import { type Envelope, payloadOf } from "../../../src/domain/Envelope.ts"
import { sinkContract } from "../../contract/Sink.ts"
import { testEnvelopes, testStream, testTime, testTrade } from "../../support/envelopes.ts"
import { durable, filesOn, linesOf, quiet, temporary } from "../../support/filesSink.ts"
import { makeDice } from "../../support/seed.ts"
import { type SimulatedDisk, simulatedDisk } from "../../support/simulatedDisk.ts"

sinkContract({
  name: "the files sink",
  make: Effect.gen(function* () {
    const disk = simulatedDisk(makeDice(1))
    const sink = yield* filesOn(disk.process().fs, { markInterval: "5 millis" })
    return {
      sink,
      received: Effect.sync(() => linesOf(disk)),
      fault: {
        break: Effect.sync(() => {
          disk.fault = (operation) => (operation === "write" ? "ENOSPC" : undefined)
        }),
        repair: Effect.sync(() => {
          disk.fault = () => undefined
        }),
      },
    }
  }),
  exactlyOnce: true,
  seeds: 5,
})

sinkContract({
  name: "the files sink on the real file system",
  make: Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* fs.makeTempDirectoryScoped()
    const received = Effect.gen(function* () {
      const names = yield* fs.readDirectory(path, { recursive: true })
      const lines: Array<string> = []
      for (const name of names.filter((each) => each.endsWith(".jsonl")))
        lines.push(...(yield* fs.readFileString(`${path}/${name}`)).split("\n").slice(0, -1))
      return lines
    })
    return { sink: yield* Files.make({ name: "files", path, maxOpenFiles: 3, leastPause: 0 }), received }
  }).pipe(Effect.provide(NodeFileSystem.layer)),
  exactlyOnce: true,
  seeds: 2,
})

const stream = testStream({})

/** Opens, writes everything, closes. */
const deliver = (sink: Sink, journal: JournalIdentity, envelopes: ReadonlyArray<Envelope>, position = 0) =>
  Effect.scoped(
    Effect.gen(function* () {
      const from = yield* sink.recover!({ journal, position })
      const writer = yield* sink.open
      yield* yield* writer.write(envelopes, from + envelopes.length)
      return from
    }),
  )

describe("the files sink", () => {
  const onDisk = <E>(promise: string, body: (disk: SimulatedDisk) => Effect.Effect<void, E, Scope.Scope>) =>
    it.live(promise, () => Effect.scoped(Effect.suspend(() => body(simulatedDisk(makeDice(7)))).pipe(quiet)))

  onDisk("writes a file for each type, exchange, symbol and UTC day of the event", (disk) =>
    Effect.gen(function* () {
      const sink = yield* filesOn(disk.process().fs)
      const perpetual = testStream({ market: "perpetual", symbol: "BTC-USDT-PERP" })
      const midnight = Date.UTC(2025, 0, 16)
      const gap = { ...testTrade(stream, 5), type: "gap" as const, key: "trade:1", data: "{}" }
      yield* deliver(
        sink,
        temporary,
        encodeBatch(
          [
            testTrade(stream, 1, midnight - 1),
            testTrade(stream, 2, midnight),
            testTrade(perpetual, 3, midnight),
            testTrade(testStream({ dataType: "kline_1m" }), 4, midnight),
            gap,
          ],
          "stream",
        ),
      )
      const names = Array.from(disk.files().keys()).filter((path) => path.endsWith(".jsonl"))
      assert.deepStrictEqual(names.toSorted(), [
        "data/gap/test/BTC-USDT/2025-01-15.jsonl",
        "data/kline/test/BTC-USDT/2025-01-16.jsonl",
        "data/trade/test/BTC-USDT-PERP/2025-01-16.jsonl",
        "data/trade/test/BTC-USDT/2025-01-15.jsonl",
        "data/trade/test/BTC-USDT/2025-01-16.jsonl",
      ])
    }),
  )

  onDisk("keeps within its folder whatever a symbol is called, and different symbols apart", (disk) =>
    Effect.gen(function* () {
      const sink = yield* filesOn(disk.process().fs)
      const symbols = [
        "..",
        ".",
        "",
        "a/b",
        "a_x2Fb",
        "../../etc/passwd",
        "a\0b",
        "币安",
        "x".repeat(300),
        "x".repeat(301),
      ]
      const records = symbols.map((symbol, index) => testTrade(testStream({ symbol }), index))
      yield* deliver(sink, temporary, encodeBatch(records, "stream"))
      const names = Array.from(disk.files().keys()).filter((path) => path.endsWith(".jsonl"))
      assert.strictEqual(new Set(names).size, symbols.length)
      for (const name of names)
        assert.match(name, /^data\/trade\/test\/(?!\.)[A-Za-z0-9._-]{1,220}\/2025-01-15\.jsonl$/)
    }),
  )

  onDisk("takes the receive day for an event time that no calendar has", (disk) =>
    Effect.gen(function* () {
      const sink = yield* filesOn(disk.process().fs)
      const record = { ...testTrade(stream, 1, 9e15), receivedAt: testTime }
      yield* deliver(sink, temporary, encodeBatch([record], "stream"))
      assert.isTrue(disk.files().has("data/trade/test/BTC-USDT/2025-01-15.jsonl"))
    }),
  )

  onDisk("cuts a torn line and keeps whole ones when the journal begins anew", (disk) =>
    Effect.gen(function* () {
      yield* deliver(yield* filesOn(disk.process().fs), temporary, testEnvelopes([stream], 0, 3))
      const fs = disk.process().fs
      const path = "data/trade/test/BTC-USDT/2025-01-15.jsonl"
      const file = yield* fs.open(path, { flag: "a" })
      const more = testEnvelopes([stream], 3, 2).map((envelope) => payloadOf(envelope).toString())
      yield* file.writeAll(Buffer.from(`${more[0]}\n${more[1]!.slice(0, 50)}`))
      yield* deliver(
        yield* filesOn(disk.process().fs),
        { id: "memory-2", durable: false },
        testEnvelopes([stream], 10, 1),
      )
      const numbers = linesOf(disk).map(
        (line) => (JSON.parse(line) as { data: { tradeId: string } }).data.tradeId,
      )
      assert.deepStrictEqual(numbers, ["0", "1", "2", "3", "10"])
    }),
  )

  onDisk("cuts a torn line of a file that it does not know yet", (disk) =>
    Effect.gen(function* () {
      const fs = disk.process().fs
      yield* fs.makeDirectory("data/trade/test/BTC-USDT", { recursive: true })
      const file = yield* fs.open("data/trade/test/BTC-USDT/2025-01-15.jsonl", { flag: "w" })
      yield* file.writeAll(Buffer.from('{"whole":true}\n{"torn":'))
      yield* deliver(yield* filesOn(fs), temporary, testEnvelopes([stream], 0, 1))
      const lines = linesOf(disk)
      assert.strictEqual(lines.length, 2)
      assert.strictEqual(lines[0], '{"whole":true}')
      assert.include(lines[1], '"tradeId":"0"')
    }),
  )

  onDisk("goes on without a mark that can be read", (disk) =>
    Effect.gen(function* () {
      yield* deliver(yield* filesOn(disk.process().fs), durable, testEnvelopes([stream], 0, 3))
      const file = yield* disk.process().fs.open("data/.millrace/files.json", { flag: "w" })
      yield* file.writeAll(Buffer.from("{not json"))
      const from = yield* deliver(
        yield* filesOn(disk.process().fs),
        durable,
        testEnvelopes([stream], 3, 3),
        3,
      )
      assert.strictEqual(from, 3)
      assert.strictEqual(linesOf(disk).length, 6)
    }),
  )

  onDisk("writes to more files than it may have open", (disk) =>
    Effect.gen(function* () {
      const sink = yield* filesOn(disk.process().fs, { maxOpenFiles: 4 })
      const streams = Array.from({ length: 30 }, (_, index) => testStream({ base: `B${index}` }))
      yield* deliver(sink, temporary, testEnvelopes(streams, 0, 300))
      assert.strictEqual(linesOf(disk).length, 300)
    }),
  )

  const reasons = [
    { code: "ENOSPC", operation: "write", reason: "unavailable", says: "disk is full" },
    { code: "EIO", operation: "write", reason: "unavailable", says: "disk failed" },
    { code: "EACCES", operation: "open", reason: "refused", says: "may not be written" },
    { code: "EMFILE", operation: "open", reason: "unavailable", says: "ulimit" },
    { code: "EROFS", operation: "makeDirectory", reason: "refused", says: "read-only" },
  ] as const
  for (const { code, operation, reason, says } of reasons)
    onDisk(`says what to do about ${code}, with the path`, (disk) =>
      Effect.gen(function* () {
        const sink = yield* filesOn(disk.process().fs)
        disk.fault = (kind) => (kind === operation ? code : undefined)
        const error = yield* Effect.flip(deliver(sink, temporary, testEnvelopes([stream], 0, 1)))
        if (error._tag !== "SinkError") return assert.fail(String(error))
        assert.strictEqual(error.reason, reason)
        assert.include(error.message, says)
        assert.match(error.message, /^sink files: data/)
      }),
    )

  onDisk("leaves no trace of a batch that failed, and takes it again in the same process", (disk) =>
    Effect.gen(function* () {
      const sink = yield* filesOn(disk.process().fs)
      const streams = [stream, testStream({ base: "ETH" }), testStream({ base: "SOL" })]
      let writes = 0
      disk.fault = (operation, path) =>
        operation === "write" && path.endsWith(".jsonl") && ++writes === 5 ? "ENOSPC" : undefined
      let position = 0
      for (let attempt = 0; attempt < 2; attempt++) {
        const scope = yield* Scope.make()
        const run = Effect.gen(function* () {
          position = yield* sink.recover!({ journal: temporary, position })
          const writer = yield* sink.open
          for (; position < 40; position += 10)
            yield* yield* writer.write(testEnvelopes(streams, position, 10), position + 10)
        })
        yield* Effect.exit(Scope.provide(run, scope))
        yield* Scope.close(scope, Exit.void)
      }
      assert.strictEqual(linesOf(disk).length, 40)
      assert.strictEqual(new Set(linesOf(disk)).size, 40)
    }),
  )
})
