import { assert, describe, it } from "@effect/vitest"
import { nodeSettings } from "../../../src/nodes/NodeSettings.ts"

const at = (text: string): number => Date.parse(text)

const gatewayService = (ip?: string) => ({
  name: "trpc.myapp.gateway.stdhttp",
  network: "tcp",
  protocol: "http_no_protocol",
  port: 9005,
  ...(ip === undefined ? {} : { ip }),
})

const timer = (name: string, network: string) => ({ name, network, protocol: "timer", timeout: 10000 })

describe("the settings of a node", () => {
  it("are 127.0.0.1:9000 and 9 seconds when nothing is said", () => {
    const { gateway, heartbeat } = nodeSettings({})
    assert.deepStrictEqual(gateway, { host: "127.0.0.1", port: 9000 })
    assert.strictEqual(heartbeat.next(at("2026-01-01T00:00:00Z")), at("2026-01-01T00:00:09Z"))
    assert.isFalse(heartbeat.atOnce)
  })

  it("take the gateway's port from the second file; another host than this machine's needs a word", () => {
    const services = [gatewayService("0.0.0.0")]
    const careful = nodeSettings({ services })
    assert.deepStrictEqual(careful.gateway, { host: "127.0.0.1", port: 9005 })
    assert.match(careful.warnings[0]!, /not on 0\.0\.0\.0/)
    const open = nodeSettings({ services, gateway: { public: true } })
    assert.deepStrictEqual(open.gateway, { host: "0.0.0.0", port: 9005 })
    assert.isEmpty(open.warnings)
    assert.deepStrictEqual(nodeSettings({ services: [gatewayService("127.0.0.1")] }).gateway, {
      host: "127.0.0.1",
      port: 9005,
    })
    const own = nodeSettings({ services, gateway: { host: "::1", port: 1, public: false } })
    assert.deepStrictEqual(own.gateway, { host: "::1", port: 1 })
  })

  it("take the heartbeat's times from its timer, whose six fields begin with the second, unless an interval is given", () => {
    const services = [timer("trpc.heartbeat.timer", "*/20 * * * * *?scheduler=local&startAtOnce=1")]
    const byTimer = nodeSettings({ services }).heartbeat
    assert.strictEqual(byTimer.next(at("2026-01-01T00:00:05Z")), at("2026-01-01T00:00:20Z"))
    assert.isTrue(byTimer.atOnce)
    const byInterval = nodeSettings({ services, heartbeat: { interval: 3 } }).heartbeat
    assert.strictEqual(byInterval.next(at("2026-01-01T00:00:05Z")), at("2026-01-01T00:00:06Z"))
  })

  it("understand the other timers of the second file, and name one that is none", () => {
    const services = [
      timer("trpc.timer.second", "* * * * * *"),
      timer("trpc.timer.minute", "0 * * * * *?scheduler=x"),
      timer("trpc.timer.hour", "0 0 ? * * *"),
      { name: "trpc.timer.other", protocol: "timer" },
    ]
    assert.isEmpty(nodeSettings({ services }).problems)
    const { problems } = nodeSettings({ services: [timer("trpc.timer.minute", "x y z")] })
    assert.match(problems[0]!, /trpc\.timer\.minute.*"x y z".*missing field/)
  })
})
