import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createTask, openDoor, without } from "../../../support/door.ts"

describe("create_task", () => {
  it.effect("stores the task and answers to the letter", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      assert.deepStrictEqual(yield* door.answer(createTask), {
        status: 200,
        body: {
          success: true,
          data: { task_id: "task_001", status: "running", message: "任务创建成功" },
        },
      })
      const { origin, revision, spec } = door.tasks.get("task_001")!
      assert.deepStrictEqual({ origin, revision }, { origin: "api", revision: 1 })
      assert.deepStrictEqual(spec, {
        id: "task_001",
        projectId: "moox_project_123",
        dataset: "crypto_market",
        dataType: "kline",
        source: "binance",
        symbols: ["BTC-USDT", "ETH-USDT"],
        frequency: "5m",
        schedule: { kind: "interval", interval: "5m" },
        window: { start: Date.UTC(2024, 0, 1), end: Date.UTC(2024, 11, 31, 23, 59, 59) },
        batchSize: 100,
        historyDays: 30,
        params: {},
      })
    }),
  )

  it.effect("refuses what cannot be kept: half a character, NUL, names without end", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      const half = JSON.parse('"\\ud801"') as string
      const refused = (change: object) =>
        Effect.map(door.ask({ ...createTask, language: "en", ...change }), (body) => {
          assert.strictEqual(body["success"], false, JSON.stringify(change))
          return body["error"]
        })
      const unseen = "at most 256 characters, and none that cannot be seen"
      assert.strictEqual(yield* refused({ task_id: `a\u0001` }), `task_id "a\\u0001": ${unseen}`)
      assert.strictEqual(yield* refused({ task_id: half }), `task_id "\\ud801": ${unseen}`)
      assert.match(yield* refused({ project_id: "p\u0000" }), /^project_id "p\\u0000" has a character/)
      assert.match(yield* refused({ source: half }), /^source .* has a character/)
      assert.match(yield* refused({ symbols: ["BTCUSDT", `X${half}`] }), /^symbols\[1\] "X\\ud801": at most/)
      assert.match(yield* refused({ symbols: ["x".repeat(257)] }), /^symbols\[0\] .*: at most 256/)
      assert.isUndefined(door.tasks.get("task_001"))
      const whole = { ...createTask, task_id: "任务 😀", symbols: ["币安人生USDT"] }
      assert.strictEqual((yield* door.ask(whole))["success"], true)
    }),
  )

  it.effect("says of each required field that it is missing, absent or empty, and of all that are", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      const required = ["task_id", "project_id", "dataset", "data_type", "source", "symbols", "frequency"]
      for (const field of required) {
        const expected = { success: false, message: "任务信令验证失败", error: `${field}不能为空` }
        const empties = [undefined, null, "", field === "symbols" ? [] : "  "]
        assert.deepStrictEqual(yield* door.ask(without(createTask, field)), expected)
        for (const empty of empties)
          assert.deepStrictEqual(yield* door.ask({ ...createTask, [field]: empty }), expected)
      }
      const all = yield* door.ask({ action: "create_task" })
      assert.strictEqual(all["error"], required.map((field) => `${field}不能为空`).join("; "))
      assert.isUndefined(door.tasks.get("task_001"))
    }),
  )

  it.effect("refuses values of a wrong kind, by field and kind, and stores nothing", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      const wrong: ReadonlyArray<readonly [object, string]> = [
        [{ task_id: 7 }, "task_id类型错误: 应为字符串, 实际为数字"],
        [{ task_id: "a\u0000b" }, 'task_id无效: "a\\u0000b", 最多256个字符, 不含控制字符'],
        [{ symbols: "BTCUSDT" }, "symbols类型错误: 应为数组, 实际为字符串"],
        [{ symbols: ["BTCUSDT", 5] }, "symbols[1]类型错误: 应为字符串, 实际为数字"],
        [{ symbols: [""] }, "symbols[0]不能为空"],
        [{ frequency: 300 }, "frequency类型错误: 应为字符串, 实际为数字"],
        [{ start_time: 1704067200 }, "start_time类型错误: 应为字符串, 实际为数字"],
        [{ config: [] }, "config类型错误: 应为对象, 实际为数组"],
        [{ config: { batch_size: "100" } }, "batch_size类型错误: 应为整数, 实际为字符串"],
        [{ config: { batch_size: 0 } }, "batch_size超出范围: 0, 应为1到100000"],
        [{ config: { history_days: -1 } }, "history_days超出范围: -1, 应为0到36500"],
        [{ config: { history_days: 1.5 } }, "history_days类型错误: 应为整数, 实际为1.5"],
      ]
      for (const [change, error] of wrong)
        assert.deepStrictEqual(yield* door.ask({ ...createTask, ...change }), {
          success: false,
          message: "任务信令验证失败",
          error,
        })
      assert.isUndefined(door.tasks.get("task_001"))
    }),
  )

  it.effect("refuses what cannot be: types, frequencies, times, windows, sources, ids that are taken", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      const error = (change: object) =>
        Effect.map(door.ask({ ...createTask, ...change }), (body) => {
          assert.isFalse(body["success"])
          return body["error"] as string
        })
      assert.strictEqual(yield* error({ data_type: "klien" }), 'data_type无效: "klien", 是否为"kline"?')
      assert.match(yield* error({ data_type: "gap" }), /^data_type无效/)
      assert.match(yield* error({ frequency: "5x" }), /^frequency无效: "5x" \(no interval\), 应为5m/)
      assert.match(yield* error({ frequency: "0 60 * * *" }), /syntax error in hour field: '60'/)
      assert.strictEqual(yield* error({ frequency: "13M" }), 'frequency无效: "13M"永远不会触发')
      assert.strictEqual(yield* error({ frequency: "0 0 30 2 *" }), 'frequency无效: "0 0 30 2 *"永远不会触发')
      assert.match(
        yield* error({ start_time: "yesterday" }),
        /^start_time格式错误: "yesterday", 应为RFC 3339/,
      )
      const ends = { start_time: createTask.end_time, end_time: createTask.start_time }
      assert.match(yield* error(ends), /^end_time必须晚于start_time: start_time=2024-12-31T23:59:59Z/)
      assert.match(yield* error({ end_time: createTask.start_time }), /^end_time必须晚于start_time/)
      assert.match(yield* error({ source: "binanse" }), /"binanse" is not known/)
      yield* door.ask(createTask)
      assert.deepStrictEqual(yield* door.ask(createTask), {
        success: false,
        message: "任务创建失败",
        error: "task_id已存在: task_001",
      })
    }),
  )

  it.effect("takes every name and spelling of the same thing", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      let count = 0
      const spec = (change: object) =>
        Effect.gen(function* () {
          const task_id = `t${count++}`
          const body = yield* door.ask({ ...createTask, config: {}, ...change, task_id })
          assert.isTrue(body["success"], JSON.stringify(body))
          return door.tasks.get(task_id)!.spec
        })
      const symbols = yield* spec({ symbols: ["btc/usdt", "BTC-USDT", "BTCUSDT", "BTC-USDT-PERP"] })
      assert.deepStrictEqual(symbols.symbols, ["BTC-USDT", "BTC-USDT-PERP"])
      assert.deepStrictEqual((yield* spec({ source: "stocks", symbols: ["600519.SH", "AAPLUSD"] })).symbols, [
        "600519.SH",
        "AAPLUSD",
      ])
      assert.strictEqual((yield* spec({ source: "Binance" })).source, "binance")
      for (const [word, dataType, params] of [
        ["orderbook", "depth", {}],
        ["OrderBook", "depth", {}],
        ["depth20", "depth20", {}],
        ["funding_rate", "funding", {}],
        ["KLine", "kline", {}],
        ["kline_1m", "kline", { interval: "1m" }],
        ["aggTrade", "aggTrade", {}],
        ["lsr_top_position", "long_short_ratio", { kind: "top_positions" }],
        ["lsr_all_account", "long_short_ratio", { kind: "accounts" }],
        ["long_short_ratio_5m", "long_short_ratio", { interval: "5m" }],
      ] as const) {
        const made = yield* spec({ data_type: word })
        assert.deepStrictEqual([made.dataType, made.params], [dataType, params])
      }
      assert.strictEqual((yield* spec({ source: "stocks", data_type: "dividends" })).dataType, "dividends")
      assert.strictEqual((yield* spec({})).historyDays, 30)
      assert.strictEqual((yield* spec({ data_type: "trade" })).historyDays, 1)
    }),
  )

  it.effect("frequency is an interval, a cron expression, once or stream; a schedule may stand apart", () =>
    Effect.gen(function* () {
      const door = yield* openDoor()
      const schedules = [
        [{ frequency: "1h" }, { kind: "interval", interval: "1h" }],
        [{ frequency: "0 30 * * * * *" }, { kind: "cron", expression: "0 30 * * * * *" }],
        [{ frequency: "@daily" }, { kind: "cron", expression: "@daily" }],
        [{ frequency: "once" }, { kind: "once" }],
        [{ frequency: "realtime" }, { kind: "stream" }],
        [
          { frequency: "1m", config: { schedule: "@hourly" } },
          { kind: "cron", expression: "@hourly" },
        ],
      ] as const
      for (const [index, [change, schedule]] of schedules.entries()) {
        const task_id = `t${index}`
        yield* door.ask({ ...createTask, ...change, task_id })
        const { spec } = door.tasks.get(task_id)!
        assert.deepStrictEqual(spec.schedule, schedule)
        assert.strictEqual(spec.frequency, change.frequency)
      }
    }),
  )
})
