import { assert, describe, it } from "@effect/vitest"
import type { DataPoint, WriteGroup } from "../../../src/domain/TriggerEvent.ts"
import { rowsOf, timeOf } from "../../../src/nodes/PluginRows.ts"

const task = (source: string) => ({
  id: 1,
  task_id: source,
  rule_id: "",
  planned_exec_node: "",
  task_params: JSON.stringify({ data_source: source }),
  invalid: 0,
})

interface Row {
  readonly type?: string
  readonly exchange?: string
  readonly market?: string
  readonly symbol?: string
  readonly native?: string
  readonly timestamp?: number
  readonly data: Readonly<Record<string, unknown>>
  readonly dataset_id?: number
  readonly data_points?: ReadonlyArray<unknown>
}

const rows = (
  points: ReadonlyArray<DataPoint>,
  group?: Partial<WriteGroup>,
  sources: ReadonlyArray<string> = ["binance"],
): ReadonlyArray<Row> =>
  rowsOf(
    {
      task_results: [],
      ...(group === undefined
        ? { data_points: points }
        : {
            write_groups: [
              {
                write_mode: "set_data",
                dataset_id: 1,
                freq: "1m",
                app_key: "k",
                ...group,
                data_points: points,
              },
            ],
          }),
    },
    { tasks: sources.map(task) },
  ) as ReadonlyArray<never>

const candle = { open: 1.5, high: "2.50", low: 1e-7, close: "1.60", volume: "3" }

describe("rows of a plugin", () => {
  it("with four prices are klines of the group's frequency, digit for digit", () => {
    const [row] = rows([{ times: "2025-01-01 00:00:00", object_id: "BTC-USDT", fields: candle }], {})
    assert.deepStrictEqual(row, {
      exchange: "binance",
      market: "spot",
      symbol: "BTC-USDT",
      native: "BTC-USDT",
      type: "kline",
      data: {
        interval: "1m",
        startTime: 1735689600000,
        endTime: 1735689659999,
        open: "1.5",
        high: "2.50",
        low: "0.0000001",
        close: "1.60",
        volume: "3",
        closed: true,
      },
    })
  })

  it("know frequencies as others write them", () => {
    const interval = (freq: string) =>
      rows([{ times: 1735689600000, object_id: "BTC-USDT", fields: candle }], { freq })[0]!.data["interval"]
    assert.deepStrictEqual(
      ["1m", "1min", "5T", "60min", "1H", "4h", "1D", "1d", "1w", "1M", "1month", "7m"].map(interval),
      ["1m", "1m", "5m", "1h", "1h", "4h", "1d", "1d", "1w", "1M", "1M", undefined],
    )
  })

  it("name their exchange themselves, in their id, or by their tasks where all name one", () => {
    const exchange = (object_id: string, fields: object, sources?: ReadonlyArray<string>) =>
      rows([{ times: 1, object_id, fields: { ...candle, ...fields } }], {}, sources)[0]!.exchange
    assert.strictEqual(exchange("BTC-USDT", { exchange: "OKX" }), "okx")
    assert.strictEqual(exchange("bybit:BTCUSDT", {}), "bybit")
    assert.strictEqual(exchange("BTC-USDT", {}, ["htx", "htx"]), "htx")
    assert.isUndefined(exchange("BTC-USDT", {}, ["htx", "okx"]))
  })

  it("are of perpetuals where they say so; their symbols are canonical, their own names kept", () => {
    const [row] = rows([{ times: 1, object_id: "BTCUSDT", fields: { ...candle, market: "swap" } }], {})
    assert.deepInclude(row!, { market: "perpetual", symbol: "BTC-USDT-PERP", native: "BTCUSDT" })
    const [said] = rows([{ times: 1, object_id: "BTC-USDT-PERP", fields: candle }], {})
    assert.deepInclude(said!, { market: "perpetual", symbol: "BTC-USDT-PERP" })
  })

  it("are trades, funding and open interest by their fields", () => {
    const times = 1735689600
    const [trade, funding, interest] = rows([
      { times, object_id: "BTC-USDT", fields: { trade_id: 7, price: "1", size: 2, side: "BUY" } },
      { times, object_id: "BTC-USDT", fields: { funding_rate: "-0.0001" } },
      { times, object_id: "BTC-USDT", fields: { open_interest: 12.5 } },
    ])
    assert.deepStrictEqual(trade!.data, {
      price: "1",
      quantity: "2",
      side: "buy",
      tradeId: "7",
      tradeTime: 1735689600000,
    })
    assert.deepInclude(funding!, { type: "funding", timestamp: 1735689600000 })
    assert.deepStrictEqual(funding!.data, { rate: "-0.0001" })
    assert.deepStrictEqual(interest!.data, { amount: "12.5", unit: "contracts" })
  })

  it("that say their type have its data as they stand", () => {
    const [row] = rows([
      {
        times: 1735689600000,
        object_id: "BTC-USDT",
        fields: { type: "index_price", price: "1.00", exchange: "x" },
      },
    ])
    assert.deepInclude(row!, { type: "index_price", exchange: "x", timestamp: 1735689600000 })
    assert.deepStrictEqual(row!.data, { price: "1.00" })
  })

  it("that are none of these go on as they are, with their group, to be refused and kept", () => {
    const point = { times: 1, object_id: "BTC-USDT", fields: { alpha: 0.3 } }
    assert.deepStrictEqual<unknown>(rows([point]), [point])
    const [kept] = rows([point], { dataset_id: 9 })
    assert.strictEqual(kept!.dataset_id, 9)
    assert.deepStrictEqual(kept!.data_points, [point])
  })

  it("are of the time that they say, in any unit, and of UTC where no zone is said", () => {
    const wanted = 1735689600000
    for (const said of [
      1735689600,
      wanted,
      wanted * 1000,
      "1735689600",
      "2025-01-01",
      "2025-01-01 00:00:00",
      "2025-01-01T00:00:00Z",
      "2025-01-01T08:00:00+08:00",
    ])
      assert.strictEqual(timeOf(said), wanted, String(said))
    assert.isUndefined(timeOf("yesterday"))
    assert.isUndefined(timeOf(undefined))
  })
})
