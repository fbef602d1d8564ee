import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { parseRecord } from "../../src/domain/Record.ts"
import {
  allLive,
  recordFiles,
  statsOf,
  statusOf,
  statusWhen,
  streamsOf,
  unreadyReasons,
} from "../support/instance.ts"
import {
  request,
  runOneVenue,
  runProgram,
  startProgram,
  temporaryFolder,
  untilTrue,
} from "../support/process.ts"
import { parsePrometheus } from "../support/prometheus.ts"

const instance = Effect.fnUntraced(function* (cwd: string) {
  const program = yield* startProgram(runOneVenue, { cwd, env: { MILLRACE_SERVER__PORT: "0" } })
  const api = yield* program.api
  yield* statusWhen(api, "all streams are live", allLive)
  return { program, api }
})

const setUp = Effect.gen(function* () {
  const cwd = yield* temporaryFolder
  return { cwd, ...(yield* instance(cwd)) }
})

const jsonOf = ({ text }: { readonly text: string }) => JSON.parse(text)

const answersTo = (api: string, method: "POST" | "DELETE", body: unknown) =>
  Effect.map(request(`${api}/api/v1/subscriptions`, method, body), (answer) => {
    assert.strictEqual(answer.status, 200, answer.text)
    return jsonOf(answer)
  })

/** `binance:trade:BTC-USDT` of each stream. */
const keysOf = (api: string) => Effect.map(statusOf(api), (status) => streamsOf(status).map(({ key }) => key))

const sum = (samples: ReadonlyArray<{ readonly value: number }>) =>
  samples.reduce((total, { value }) => total + value, 0)

describe("the API of a running millrace", { timeout: 150_000 }, () => {
  it.live("answers probes, figures, its own description and its page", () =>
    Effect.gen(function* () {
      const { api, program } = yield* setUp
      const health = yield* request(`${api}/health`)
      assert.strictEqual(health.status, 200)
      assert.strictEqual(jsonOf(health).status, "ok")
      assert.deepStrictEqual(yield* unreadyReasons(api), [])

      yield* program.says(/streams live/)
      const stats = yield* statsOf(api)
      assert.deepStrictEqual(Object.keys(stats), ["connections", "messages", "latency", "throughput"])
      assert.deepStrictEqual(stats.connections, { active: 1, total: 1, failures: 0, reconnects: 0 })
      assert.isAbove(stats.messages.received, 0)
      assert.isAbove(stats.messages.sent, 0)
      assert.strictEqual(stats.messages.errors, 0)
      assert.isAbove(stats.throughput.messagesPerSecond, 0)
      assert.isAbove(stats.latency.p50, 0)
      assert.isAtLeast(stats.latency.p99, stats.latency.p50)

      const description = jsonOf(yield* request(`${api}/openapi.json`))
      assert.match(description.openapi, /^3\.1/)
      for (const path of [
        "/health",
        "/ready",
        "/metrics",
        "/api/v1/status",
        "/api/v1/stats",
        "/api/v1/subscriptions",
      ])
        assert.property(description.paths, path)
      const page = yield* request(`${api}/docs`)
      assert.strictEqual(page.status, 200)
      assert.match(page.contentType, /^text\/html/)
      assert.include(page.text, "Millrace")
    }),
  )

  it.live(
    "counts every frame and every record once, at every scrape and to the last one when its venue has drained",
    () =>
      Effect.gen(function* () {
        const { api } = yield* setUp
        for (let times = 0; times < 10; times++) {
          assert.isTrue((yield* statusOf(api)).accounts.balanced)
          yield* Effect.sleep(20)
        }
        assert.strictEqual((yield* request(`${api}/api/v1/venues/binance/stop`, "POST")).status, 200)
        yield* statusWhen(
          api,
          "the sink has it all",
          ({ accounts: { frames, records, sinks } }) =>
            frames.inFlight + records.inFlight === 0 && sinks.every(({ waiting }) => waiting === 0),
        )
        const families = parsePrometheus((yield* request(`${api}/metrics`)).text)
        const total = (name: string) => sum(families.get(name)!.samples)
        assert.isAbove(total("millrace_frames_received_total"), 0)
        assert.strictEqual(
          total("millrace_frames_received_total"),
          total("millrace_frames_decoded_total") +
            total("millrace_frames_control_total") +
            total("millrace_frames_rejected_total"),
        )
        assert.strictEqual(
          total("millrace_records_produced_total"),
          total("millrace_records_accepted_total") +
            total("millrace_records_duplicate_total") +
            total("millrace_records_filtered_total") +
            total("millrace_records_dropped_total"),
        )
        assert.strictEqual(total("millrace_records_accepted_total"), total("millrace_sink_delivered_total"))
      }),
  )

  it.live("adds and removes streams while others run, and remembers it over a restart", () =>
    Effect.gen(function* () {
      const { api, cwd, program } = yield* setUp
      const before = yield* keysOf(api)
      const added = yield* answersTo(api, "POST", [
        { venue: "binance", symbols: ["BTC/USDT", "ETHUSDT"], dataTypes: ["aggTrade", "trade"] },
        { venue: "binance", symbols: ["BTC-USDT"], dataTypes: ["kline_7m"] },
        { venue: "okx", symbols: ["BTC-USDT"], dataTypes: ["trade"] },
      ])
      assert.deepStrictEqual(
        added.map(({ venue, symbol, dataType, result }: Record<string, string>) => [
          venue,
          symbol,
          dataType,
          result,
        ]),
        [
          ["binance", "BTC-USDT", "aggTrade", "added"],
          ["binance", "BTC-USDT", "trade", "already"],
          ["binance", "ETH-USDT", "aggTrade", "added"],
          ["binance", "ETH-USDT", "trade", "already"],
          ["binance", "BTC-USDT", "kline_7m", "refused"],
          ["okx", "BTC-USDT", "trade", "refused"],
        ],
      )
      assert.match(added[4].reason, /kline_7m/)
      assert.match(added[5].reason, /no venue "okx" is configured; configured: binance/)
      const removed = yield* answersTo(api, "DELETE", {
        venue: "binance",
        symbols: ["BNB-USDT"],
        dataTypes: ["bbo", "aggTrade"],
      })
      assert.deepStrictEqual(
        removed.map(({ result }: { result: string }) => result),
        ["removed", "absent"],
      )
      const wanted = [
        ...before.filter((key) => key !== "binance:bbo:BNB-USDT"),
        "binance:aggTrade:BTC-USDT",
        "binance:aggTrade:ETH-USDT",
      ].sort()
      const live = yield* statusWhen(api, "the new ones are live", allLive)
      assert.deepStrictEqual(
        streamsOf(live)
          .map(({ key }) => key)
          .sort(),
        wanted,
      )
      assert.deepStrictEqual(
        live.venues[0]!.connections.map(({ reconnects, failures }) => [reconnects, failures]),
        [[0, 0]],
      )
      const aggregated = () =>
        [...recordFiles(join(cwd, "data/records"), "left out")]
          .filter(([name]) => name.startsWith("trade/binance/BTC-USDT/"))
          .flatMap(([, lines]) => lines)
          .some((line) => parseRecord(line).id.includes(":trade:agg:"))
      yield* untilTrue("aggregated trades are on disk", aggregated)

      yield* program.kill("SIGTERM")
      assert.strictEqual((yield* program.ended).code, 0)
      assert.isTrue(existsSync(join(cwd, "data/subscriptions.json")))
      const second = yield* instance(cwd)
      assert.deepStrictEqual([...(yield* keysOf(second.api))].sort(), wanted)
      const listed = jsonOf(yield* request(`${second.api}/api/v1/subscriptions`))
      const origins = listed.map(({ dataType, origin }: Record<string, string>) => [dataType, origin])
      assert.deepInclude(origins, ["aggTrade", "api"])
      assert.deepInclude(origins, ["trade", "config"])
    }),
  )

  it.live("stops, starts and restarts a venue, and says that it is not ready while one is stopped", () =>
    Effect.gen(function* () {
      const { api } = yield* setUp
      const steer = (venue: string, action: string) =>
        request(`${api}/api/v1/venues/${venue}/${action}`, "POST")
      assert.strictEqual((yield* steer("binance", "stop")).status, 200)
      assert.deepStrictEqual(yield* unreadyReasons(api), ["venue binance is stopped"])
      const stopped = yield* statusOf(api)
      assert.strictEqual(stopped.venues[0]!.state, "stopped")
      assert.strictEqual((yield* statsOf(api)).connections.active, 0)
      yield* Effect.sleep(100)
      assert.strictEqual((yield* statusOf(api)).accounts.frames.received, stopped.accounts.frames.received)

      assert.strictEqual((yield* steer("binance", "start")).status, 200)
      const more = (from: number) => (status: typeof stopped) =>
        allLive(status) && status.accounts.records.accepted > from
      const started = yield* statusWhen(api, "it collects again", more(stopped.accounts.records.accepted))
      assert.strictEqual((yield* steer("binance", "restart")).status, 200)
      yield* statusWhen(api, "it collects once more", more(started.accounts.records.accepted))
      assert.isTrue((yield* statusOf(api)).accounts.balanced)
      const unknown = yield* steer("okx", "stop")
      assert.strictEqual(unknown.status, 404)
      assert.deepStrictEqual(jsonOf(unknown).known, ["binance"])
    }),
  )

  it.live("shows itself to top and tap", () =>
    Effect.gen(function* () {
      const { api, cwd } = yield* setUp
      const top = yield* runProgram(["top", "--url", api], { cwd })
      assert.strictEqual(top.code, 0, top.stderr)
      assert.match(
        top.stdout,
        /^millrace \S+ {2}up \d+ s {2}ready\n15 streams: 15 live .* accounts balance\n/,
      )
      assert.match(top.stdout, /^sink files \(files\) open: \d+ delivered, \d+ waiting$/m)
      for (const actor of ["millrace/edge/api", "millrace/core/work/sinks/files", "binance/connections/1"])
        assert.match(top.stdout, new RegExp(`^\\S*${actor} +running `, "m"))

      const tap = yield* runProgram(["tap", "--url", api, "--type", "trade", "--limit", "5"], { cwd })
      assert.strictEqual(tap.code, 0, tap.stderr)
      const tapped = tap.stdout.trimEnd().split("\n").map(parseRecord)
      assert.deepStrictEqual(
        tapped.map(({ type }) => type),
        Array.from({ length: 5 }, () => "trade"),
      )

      const nobody = yield* runProgram(["top", "--url", "http://127.0.0.1:1"], { cwd })
      assert.strictEqual(nobody.code, 1)
      assert.match(
        nobody.stderr,
        /^millrace: no running instance answers at http:\/\/127\.0\.0\.1:1 [^\n]*\n$/,
      )
    }),
  )
})
