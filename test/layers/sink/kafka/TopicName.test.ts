import { assert, describe, it } from "@effect/vitest"
import { topicName } from "../../../../layers/sink/kafka/TopicName.ts"

const instrument = {
  exchange: "binance",
  market: "perpetual",
  base: "BTC",
  quote: "USDT",
  symbol: "BTC-USDT-PERP",
  native: "BTCUSDT",
} as const

describe("topicName", () => {
  it("fills the template in lower case", () => {
    assert.strictEqual(
      topicName("market.{type}.{exchange}.{symbol}", "mark_price", instrument),
      "market.mark_price.binance.btc-usdt-perp",
    )
    assert.strictEqual(topicName("{market}/{native}", "trade", instrument), "perpetual_x2fbtcusdt")
  })

  it("writes every other byte as _xHH, so that different symbols stay different", () => {
    const named = (symbol: string) => topicName("{symbol}", "trade", { ...instrument, symbol })
    assert.strictEqual(named("币-USDT"), "_xe5_xb8_x81-usdt")
    assert.strictEqual(named("A B"), "a_x20b")
    assert.strictEqual(named("é"), "_xc3_xa9")
    assert.strictEqual(named("😀"), "_xf0_x9f_x98_x80")
  })

  it("leaves an unknown field to be seen", () => {
    assert.strictEqual(topicName("x.{nothing}", "trade", instrument), "x._x7bnothing_x7d")
  })
})
