import { describe, expect, it } from "@effect/vitest"
import { makeExchange } from "../../../../../src/simulator/server/Exchange.ts"
import { makeSubscriptions } from "../../../../../src/simulator/server/Subscriptions.ts"
import { protocols } from "../../../../../src/simulator/venues/index.ts"

const start = 1_790_000_000_000

const talk = () => {
  const protocol = protocols.get("deribit")!
  const options = { seed: 1, symbols: ["BTC-USDT"], rate: 10, limits: protocol.limits }
  const exchange = makeExchange(protocol, options)
  const clock = { now: start }
  const now = () => clock.now
  const route = protocol.route("/ws/api/v2", new URLSearchParams())!
  const streams = makeSubscriptions(exchange, route, now, () => true)
  const dialogue = protocol.dialogue({
    route,
    streams,
    catalogue: exchange,
    now,
    tell: (_, write) => write(now()),
  })
  const ask = (method: string, params: object, id = 1) => {
    const [answer] = dialogue.answer(JSON.stringify({ jsonrpc: "2.0", id, method, params }))
    const { error, result } = JSON.parse(answer!)
    return result ?? error.code
  }
  return { ask, clock, dialogue, streams }
}

describe("Deribit's dialogue", () => {
  it("answers a subscription by what it has", () => {
    const { ask, streams } = talk()
    const channels = ["book.BTC-PERPETUAL.100ms", "book.XYZ-PERPETUAL.100ms", "quote.BTC_USDT"]
    expect(ask("public/subscribe", { channels })).toEqual([channels[0], channels[2]])
    expect(ask("public/unsubscribe", { channels: [channels[0]] })).toEqual([channels[0]])
    expect(streams.names()).toEqual([channels[2]])
  })

  it("refuses what is for those who log in, and who asks too often, until the credits come back", () => {
    const { ask, clock } = talk()
    expect(ask("public/subscribe", { channels: ["book.BTC-PERPETUAL.raw"] })).toBe(13778)
    const channels = ["quote.BTC-PERPETUAL"]
    const answers = Array.from({ length: 10 }, () => ask("public/subscribe", { channels }))
    expect(answers.at(-2)).toEqual(channels)
    expect(answers.at(-1)).toBe(10028)
    clock.now += 300
    expect(ask("public/subscribe", { channels })).toEqual(channels)
  })

  it("asks whether the client lives, and cuts one that does not say so", () => {
    const { ask, clock, dialogue } = talk()
    const tick = dialogue.tick!
    expect(tick(clock.now + 60_000)).toBeUndefined()
    expect(ask("public/set_heartbeat", { interval: 5 })).toBe(-32602)
    expect(ask("public/set_heartbeat", { interval: 10 })).toBe("ok")
    clock.now += 10_000
    expect(tick(clock.now)).toContain("test_request")
    expect(ask("public/test", {})).toEqual({ version: "1.2.26" })
    clock.now += 10_000
    expect(tick(clock.now)).toContain('"type":"heartbeat"')
    clock.now += 10_000
    expect(tick(clock.now)).toContain("test_request")
    clock.now += 10_000
    expect(tick(clock.now)).toBe("overdue")
  })

  it("has errors of its own for what is no request", () => {
    const { ask, dialogue } = talk()
    expect(dialogue.answer("{")[0]).toContain("-32700")
    expect(ask("private/buy", {})).toBe(-32601)
    expect(ask("public/subscribe", { channels: [] })).toBe(-32602)
  })
})
