import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import * as Files from "../../layers/dead-letters/Files.ts"
import { DeadLetters, type LetterDraft } from "../../services/DeadLetters.ts"
import { parseRecord } from "../../src/domain/Record.ts"
import { makeSimulator } from "../../src/simulator/index.ts"
import { exchangeProxy, type Frame } from "../support/exchangeProxy.ts"
import { allLive, recordFiles, statusOf, statusWhen } from "../support/instance.ts"
import { runOneVenue, runProgram, startProgram, temporaryFolder } from "../support/process.ts"

const text = (said: string): Frame => ({ data: Buffer.from(said), binary: false })

const garbage: ReadonlyArray<readonly [reason: string, frame: Frame]> = [
  ["not_json", text("hello")],
  ["not_json", { data: Buffer.from([0, 1, 2, 253, 254, 255]), binary: true }],
  ["not_json", text("\u001b[2J\u0007 a frame that would steer a terminal")],
  ["not_object", text("null")],
  ["unknown_event", text('{"surprise":{}}')],
  ["too_large", text(`{"stream":${"[".repeat(2_500_000)}${"]".repeat(2_500_000)}}`)],
]

interface Listed {
  readonly sequence: number
  readonly stage: string
  readonly venue: string
  readonly connection: string
  readonly reason: string
  readonly bytes: string
}

/** Megabytes say nothing to who reads a failure. */
const digest = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex")

const lines = (stdout: string): ReadonlyArray<string> => stdout.split("\n").slice(0, -1)

const trade = {
  e: "trade",
  E: 1700000000000,
  s: "BTCUSDT",
  t: 7,
  p: "1.50",
  q: "2",
  T: 1700000000000,
  m: true,
  M: true,
}

const record =
  '{"type":"trade","exchange":"binance","market":"spot","symbol":"BTC-USDT","native":"BTCUSDT","id":"binance:BTC-USDT:trade:8","timestamp":1700000000000,"receivedAt":1700000000001.5,"source":"stream","data":{"price":"1.50","quantity":"2","side":"sell","tradeId":"8","tradeTime":1700000000000}}'

const lateLetters: ReadonlyArray<LetterDraft> = [
  {
    stage: "decode",
    venue: "binance",
    connection: "binance/connections/1",
    reason: "decoder_threw",
    detail: "a bug that has been mended since",
    attempts: 3,
    receivedAt: 1700000000001.5,
    bytes: Buffer.from(JSON.stringify({ stream: "btcusdt@trade", data: trade })),
  },
  {
    stage: "decode",
    venue: "binance",
    connection: "binance/rest",
    stream: "binance:depth:BTC-USDT",
    reason: "bad_levels",
    detail: "a rule that was too strict",
    attempts: 1,
    receivedAt: 1700000000001.5,
    bytes: Buffer.from('{"lastUpdateId":5,"bids":[["1.5","2"]],"asks":[]}'),
  },
  {
    stage: "sink",
    venue: "binance",
    sink: "kafka",
    stream: "binance:trade:BTC-USDT",
    position: 12,
    reason: "too_large",
    detail: "a limit that was raised since",
    attempts: 3,
    receivedAt: 1700000000001.5,
    bytes: Buffer.from(record),
  },
]

const put = (cwd: string, letters: ReadonlyArray<LetterDraft>) =>
  Effect.flatMap(DeadLetters, (store) => store.put(letters)).pipe(
    Effect.provide(
      Files.layer({
        path: join(cwd, "data/deadletters"),
        maxBytes: 1 << 28,
        maxLetters: 1000,
        retentionMillis: 1e9,
      }).pipe(Layer.provide(NodeServices.layer)),
    ),
  )

describe("millrace deadletters", { timeout: 240_000 }, () => {
  it.live("lists and shows what a running collector could not decode, byte for byte", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], venues: ["binance"], rate: 200 })
      const { restEndpoint, wsEndpoint } = simulator.venue("binance")
      const proxy = yield* exchangeProxy(wsEndpoint)
      const program = yield* startProgram(runOneVenue, {
        cwd,
        env: {
          MILLRACE_SERVER__PORT: "0",
          MILLRACE_EXCHANGES__BINANCE__SYMBOLS: '["BTC-USDT"]',
          MILLRACE_EXCHANGES__BINANCE__WS_ENDPOINT: proxy.wsEndpoint,
          MILLRACE_EXCHANGES__BINANCE__REST_ENDPOINT: restEndpoint,
        },
      })
      const api = yield* program.api
      yield* statusWhen(api, "all streams are live", allLive)
      yield* proxy.inject(
        garbage.map(([, frame]) => frame),
        3,
      )
      yield* statusWhen(
        api,
        "all nonsense is put aside",
        ({ deadLetters }) => deadLetters.letters === garbage.length,
      )
      const { deadLetters, actors } = yield* statusOf(api)
      assert.deepStrictEqual(
        [deadLetters.lost, deadLetters.evicted, deadLetters.kept.find(({ reason }) => reason === "not_json")],
        [[], 0, { stage: "decode", reason: "not_json", count: 3 }],
      )
      assert.deepStrictEqual(
        actors.filter(({ path }) => path.endsWith("/dead-letters")).map(({ state }) => state),
        ["running"],
      )

      // While it runs: what reads changes nothing.
      const { code, stdout } = yield* runProgram(["deadletters", "list", "--json"], { cwd })
      assert.strictEqual(code, 0)
      const listed = lines(stdout)
        .map((line) => JSON.parse(line) as Listed)
        .toReversed()
      assert.deepStrictEqual(
        listed.map(({ sequence, stage, venue, connection, reason, bytes }) => [
          sequence,
          stage,
          venue,
          connection,
          reason,
          digest(Buffer.from(bytes, "base64")),
        ]),
        garbage.map(([reason, { data }], index) => [
          index + 1,
          "decode",
          "binance",
          "binance/connections/1",
          reason,
          digest(data),
        ]),
      )
      const page = yield* runProgram(["deadletters", "list", "--reason", "not_json", "--limit", "2"], { cwd })
      assert.strictEqual(lines(page.stdout).length, 2)
      assert.include(page.stderr, "--before 2")
      // oxlint-disable-next-line no-control-regex -- they are what is looked for
      assert.notMatch(page.stdout, /[\u0000-\u0009\u000b-\u001f]/)

      const shown = yield* runProgram(["deadletters", "show", "3"], { cwd })
      assert.include(shown.stdout, "not_json")
      assert.include(shown.stdout, "\\u001b[2J\\u0007 a frame that would steer a terminal")
      const binary = yield* runProgram(["deadletters", "show", "2"], { cwd })
      assert.include(binary.stdout, "00 01 02 fd fe ff")
      const raw = spawnSync(process.execPath, [resolve("src/main.ts"), "deadletters", "show", "6", "--raw"], {
        cwd,
        maxBuffer: 1 << 24,
      })
      assert.isTrue(raw.stdout.equals(garbage[5]![1].data))
      const absent = yield* runProgram(["deadletters", "show", "99"], { cwd })
      assert.deepStrictEqual([absent.code, absent.stdout], [1, ""])
      assert.include(absent.stderr, "no letter 99")

      yield* program.kill("SIGTERM")
      assert.strictEqual((yield* program.ended).code, 0)
    }),
  )

  it.live("replays what the present decoders can use: prints it, or sends it through sinks", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      yield* put(cwd, lateLetters)
      const printed = yield* runProgram(["deadletters", "replay"], { cwd })
      assert.strictEqual(printed.code, 0, printed.stderr)
      const records = lines(printed.stdout).map(parseRecord)
      assert.deepStrictEqual(
        records.map(({ id, source, receivedAt }) => [id, source, receivedAt]),
        [
          ["binance:BTC-USDT:trade:7", "replay", 1700000000001.5],
          ["binance:BTC-USDT:depth:snapshot:5:5", "replay", 1700000000001.5],
          ["binance:BTC-USDT:trade:8", "replay", 1700000000001.5],
        ],
      )
      assert.strictEqual(lines(printed.stdout)[2], record.replace('"stream"', '"replay"'))

      const config = join(cwd, "into.yaml")
      writeFileSync(config, "sinks:\n  - { name: again, type: files, path: again }\n")
      const sent = yield* runProgram(["deadletters", "replay", "--into", config], { cwd })
      assert.strictEqual(sent.code, 0, sent.stderr)
      assert.strictEqual(sent.stdout, "")
      assert.include(sent.stderr, "sink again has 3 records")
      const files = recordFiles(join(cwd, "again"))
      assert.deepStrictEqual([...files.values()].flat().sort(), lines(printed.stdout).toSorted())

      yield* put(cwd, [{ ...lateLetters[0]!, reason: "not_json", bytes: Buffer.from("still nonsense") }])
      const some = yield* runProgram(["deadletters", "replay", "--stage", "decode"], { cwd })
      assert.strictEqual(some.code, 1)
      assert.strictEqual(lines(some.stdout).length, 2)
      assert.match(some.stderr, /letter 4: not_json: /)
      assert.include(some.stderr, "1 of 3 letters still cannot be used")
      const one = yield* runProgram(["deadletters", "replay", "3", "1"], { cwd })
      assert.strictEqual(one.code, 0)
      assert.deepStrictEqual(
        lines(one.stdout).map((line) => parseRecord(line).id),
        ["binance:BTC-USDT:trade:8", "binance:BTC-USDT:trade:7"],
      )
    }),
  )
})
