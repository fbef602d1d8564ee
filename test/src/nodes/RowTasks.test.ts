import { assert, describe, it } from "@effect/vitest"
import { taskOfRows } from "../../../src/nodes/RowTasks.ts"

const task = (task_id: string, params: object, invalid = 0) => ({
  id: 1,
  task_id,
  rule_id: "",
  planned_exec_node: "",
  task_params: JSON.stringify(params),
  invalid,
})

const btc = task("btc", { symbol: "BTC-USDT" })
const eth = task("eth", { symbols: ["ETHUSDT"] })
const other = task("other", { symbol: "ETH/USDT" })
const off = task("off", { symbol: "SOL-USDT" }, 1)

const owners = (rows: ReadonlyArray<unknown>, event: Parameters<typeof taskOfRows>[1]) =>
  rows.map((_, index) => taskOfRows(rows, event)(index))

describe("a row of a plugin", () => {
  it("belongs to the task that it names, if the event has it; else to the only one of its symbol", () => {
    const rows = [
      { symbol: "BTC-USDT" },
      { symbol: "ETH-USDT" },
      { symbol: "ETH-USDT", task_id: "other" },
      { symbol: "XRP-USDT", native: "btcusdt" },
      { symbol: "SOL-USDT" },
      { symbol: "BTC-USDT", task_id: "made up" },
      null,
    ]
    assert.deepStrictEqual(owners(rows, { tasks: [btc, eth, off] }), [
      "btc",
      "eth",
      "eth", // it names none of the event's
      "btc",
      undefined,
      "btc",
      undefined,
    ])
    // Of a symbol that two have asked for it has to say.
    assert.deepStrictEqual(owners(rows.slice(1, 3), { tasks: [btc, eth, other] }), [undefined, "other"])
  })

  it("belongs to the only task that was asked for, whatever it is", () => {
    const rows = [{ symbol: "XRP-USDT" }, 5]
    assert.deepStrictEqual(owners(rows, { tasks: [btc, off] }), ["btc", "btc"])
    const jobs = [
      { task: eth, interval: "1m" },
      { task: eth, interval: "5m" },
    ]
    assert.deepStrictEqual(owners(rows, { tasks: [btc, eth], jobs }), ["eth", "eth"])
    assert.deepStrictEqual(owners(rows, { tasks: [] }), [undefined, undefined])
  })
})
