import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { linesIn, recordFiles } from "../../support/instance.ts"
import {
  at,
  good,
  goodPlugin,
  heartbeatPath,
  type Said,
  startPeer,
  statusPath,
} from "../../support/nodePeers.ts"
import { everyFourSeconds, startNode } from "../../support/nodes.ts"
import { eventually, request, untilTrue } from "../../support/process.ts"

const hook = { name: "hook", type: "http", settings: { path: "/hooks/quotes" } }

const point = (times: string, close: string) => ({
  times,
  object_id: "BTC-USDT",
  fields: { open: "1", high: "2.50", low: "0.5", close, volume: "10" },
})

const instance = (task_id: string, task_params: unknown) => ({
  id: 1,
  task_id,
  rule_id: "r",
  planned_exec_node: "node-abc",
  task_params: JSON.stringify(task_params),
  invalid: 0,
})

/** One that answers an event by its payload. */
const echoing = (answer: (event: unknown) => Said) =>
  startPeer((heard, number) =>
    heard.path === "/on-trigger" ? answer(heard.body) : goodPlugin(heard, number),
  )

describe("the triggers of a node", { concurrent: true }, () => {
  it.live(
    "HTTP: a request to its path is the payload, and its rows are in the journal before it is answered",
    () =>
      Effect.gen(function* () {
        const plugin = yield* echoing((event) => ({
          body: {
            task_results: [{ task_id: "t1", status: 2, result: "" }],
            write_groups: [
              {
                write_mode: "set_data",
                dataset_id: 7,
                freq: "1m",
                app_key: "k",
                data_points: [
                  point("2025-01-01 00:00:00", "1.5"),
                  { ...point("2025-01-01 00:01:00", "1.6"), object_id: "okx:ETH-USDT" },
                ],
              },
            ],
            data_points: [{ times: 1735689600000, object_id: "BTC-USDT", fields: { mystery: 1 } }],
            records: [
              {
                type: "trade",
                exchange: "binance",
                market: "spot",
                symbol: "BTC-USDT",
                native: "BTCUSDT",
                data: {
                  price: "42000.50",
                  quantity: "0.1",
                  side: "buy",
                  tradeId: String(at(event, "payload", "n")),
                  tradeTime: 1735689600000,
                },
              },
            ],
          },
        }))
        const plane = yield* startPeer(({ path }) =>
          path === heartbeatPath
            ? good([{ package_version: "", task_instances: [instance("t1", { data_source: "binance" })] }])
            : good(),
        )
        const node = yield* startNode({ plugin: plugin.url, plane: plane.port, triggers: [hook] })
        yield* node.says(/^1 task instances/)
        const answer = yield* request(`${node.gateway}/hooks/quotes`, "POST", { n: 77 })
        assert.deepStrictEqual(JSON.parse(answer.text), {
          success: true,
          task_results: [{ task_id: "t1", status: 2, result: "" }],
        })
        const [event] = plugin.to("/on-trigger")
        assert.deepInclude(event!.body as object, { type: "http", name: "hook", payload: { n: 77 } })
        yield* untilTrue("it is reported", () => plane.to(statusPath).length === 1)
        const files = yield* eventually(
          "four files",
          Effect.sync(() => {
            const found = recordFiles(`${node.folder}/records`, "left out")
            return linesIn(found) === 3 ? found : undefined
          }),
        )
        assert.sameMembers(
          [...files.keys()],
          [
            "trade/binance/BTC-USDT/2025-01-01",
            "kline/binance/BTC-USDT/2025-01-01",
            "kline/okx/ETH-USDT/2025-01-01",
          ],
        )
        const kline = JSON.parse(files.get("kline/binance/BTC-USDT/2025-01-01")![0]!) as unknown
        assert.deepInclude(at(kline, "data"), {
          interval: "1m",
          startTime: 1735689600000,
          endTime: 1735689659999,
          high: "2.50",
          close: "1.5",
          closed: true,
        })
        assert.strictEqual(at(kline, "id"), "binance:BTC-USDT:kline:1m:1735689600000:closed")
        // The same again is known; what is no record is kept for a person.
        yield* request(`${node.gateway}/hooks/quotes`, "POST", { n: 77 })
        const metrics = yield* request(`${node.apiUrl}/metrics`)
        assert.match(metrics.text, /millrace_records_duplicate_total\{.*venue="plugins".*\} 3/)
        assert.match(metrics.text, /millrace_dead_letters_total\{.*stage="intake".*\} 2/)
        assert.strictEqual(linesIn(recordFiles(`${node.folder}/records`)), 3)
      }).pipe(Effect.scoped),
  )

  it.live("HTTP: a plugin that fails is 502, and bytes that are no JSON reach it whole", () =>
    Effect.gen(function* () {
      const plugin = yield* echoing(() => ({ status: 500, body: { error: "boom" } }))
      const node = yield* startNode({ plugin: plugin.url, triggers: [hook] })
      yield* node.says(/^gateway on /)
      const answer = yield* Effect.promise(() =>
        fetch(`${node.gateway}/hooks/quotes`, { method: "POST", body: "\u00e4 no json" }),
      )
      assert.strictEqual(answer.status, 502)
      assert.deepStrictEqual(at(plugin.to("/on-trigger")[0]!.body, "payload"), {
        raw: Buffer.from("\u00e4 no json").toString("base64"),
      })
    }).pipe(Effect.scoped),
  )

  it.live(
    "records: what the pipeline puts out comes back to the plugin, also what came while it was away",
    () =>
      Effect.gen(function* () {
        let n = 0
        let calls = 0
        const plugin = yield* echoing((event) =>
          at(event, "type") === "http"
            ? {
                body: {
                  records: [
                    {
                      type: "trade",
                      exchange: "binance",
                      market: "spot",
                      symbol: "BTC-USDT",
                      native: "BTCUSDT",
                      data: {
                        price: "1",
                        quantity: "1",
                        side: "buy",
                        tradeId: String(++n),
                        tradeTime: 1735689600000,
                      },
                    },
                    {
                      type: "mark_price",
                      exchange: "binance",
                      market: "spot",
                      symbol: "BTC-USDT",
                      native: "BTCUSDT",
                      timestamp: 1735689600000 + n,
                      data: { price: "1" },
                    },
                  ],
                },
              }
            : ++calls <= 2
              ? { hangUp: true }
              : { body: {} },
        )
        const factor = { name: "factor", type: "record", settings: { type: "trade", symbol: "BTC-USDT" } }
        const node = yield* startNode({ plugin: plugin.url, triggers: [hook, factor] })
        yield* node.says(/^gateway on /)
        const records = () =>
          plugin
            .to("/on-trigger")
            .filter(({ body }) => at(body, "type") === "record")
            .slice(2)
            .flatMap(({ body }) => at(body, "payload", "records") as ReadonlyArray<unknown>)
        yield* request(`${node.gateway}/hooks/quotes`, "POST", {})
        yield* untilTrue("the trade comes back", () => records().length === 1)
        assert.deepInclude(records()[0] as object, { type: "trade", symbol: "BTC-USDT" })
        assert.strictEqual(at(records()[0], "data", "tradeId"), "1")
        yield* request(`${node.gateway}/hooks/quotes`, "POST", {})
        yield* untilTrue("and the second", () => records().length === 2)
        assert.deepStrictEqual(
          records().map((record) => at(record, "type")),
          ["trade", "trade"],
        )
        yield* node.kill("SIGTERM")
        assert.strictEqual((yield* node.ended).code, 0)
      }).pipe(Effect.scoped),
  )

  it.live("a timer skips where tasks say when and none is due, and goes on where one does not say", () =>
    Effect.gen(function* () {
      const plugin = yield* startPeer(goodPlugin)
      // Never due in this century: 13M. Then one that says nothing.
      let list = [instance("never", { intervals: ["13M"] })]
      const plane = yield* startPeer(({ path }) =>
        path === heartbeatPath ? good([{ package_version: "", task_instances: list }]) : good(),
      )
      const everySecond = { ...everyFourSeconds, settings: { cron: "* * * * * * *" } }
      const node = yield* startNode({ plugin: plugin.url, plane: plane.port, triggers: [everySecond] })
      yield* node.says(/^1 task instances/)
      const before = plugin.to("/on-trigger").length
      const beats = plane.to(heartbeatPath).length
      yield* untilTrue("another heartbeat", () => plane.to(heartbeatPath).length > beats)
      assert.isAtMost(plugin.to("/on-trigger").length, before + 1)
      list = [instance("always", {})]
      yield* untilTrue("it is called", () =>
        plugin.to("/on-trigger").some(({ body }) => at(body, "tasks", 0, "task_id") === "always"),
      )
      assert.deepStrictEqual(at(plugin.to("/on-trigger").at(-1)!.body, "jobs"), [])
    }).pipe(Effect.scoped),
  )
})
