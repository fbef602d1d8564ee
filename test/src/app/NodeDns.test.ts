import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { Environment } from "../../../services/Environment.ts"
import type { TriggerEvent } from "../../../src/domain/TriggerEvent.ts"
import { type ConfigInput, MillraceNode, NativePlugin } from "../../../src/index.ts"
import { startNameServer } from "../../support/nameServer.ts"
import { at, good, heartbeatPath, startPeer } from "../../support/nodePeers.ts"
import { freePort, untilTrue } from "../../support/process.ts"

interface Record {
  readonly ip_list: ReadonlyArray<{ readonly ip: string; readonly available: boolean }>
}

describe("a node with dns_proxy", () => {
  it.live("gives the addresses that work to its plugin and its control plane", () =>
    Effect.gen(function* () {
      const plane = yield* startPeer(() => good())
      // Only one of the two addresses has somebody who answers.
      const service = yield* startPeer(() => ({ status: 204 }))
      const names = yield* startNameServer({
        "api.example": ["127.0.0.2", "127.0.0.1"],
        "gone.example": "unknown",
      })
      const events: Array<TriggerEvent> = []
      const plugin = NativePlugin.layer({
        name: "native",
        onTrigger: (event) =>
          Effect.sync(() => void events.push(event)).pipe(Effect.as({ task_results: [] })),
      })
      const config: ConfigInput = {
        gateway: { port: yield* freePort },
        heartbeat: { server_ip: "127.0.0.1", server_port: plane.port, interval: 1 },
        triggers: [{ name: "each-second", type: "timer", settings: { cron: "* * * * * * *" } }],
        dns_proxy: {
          dns_servers: [names.address],
          dns_timeout: 60,
          scheduled_domains: ["api.example", "gone.example"],
          probe_configs: [
            {
              domain: "api.example",
              probe_type: "http",
              tcp_port: service.port,
              probe_api: { path: "/ping", expected_status: 204, timeout: 60 },
            },
          ],
        },
        journal: { kind: "memory" },
        sinks: [],
      }
      yield* Effect.gen(function* () {
        yield* untilTrue(
          "an event and a heartbeat",
          () => events.length > 0 && plane.to(heartbeatPath).length > 0,
        )
        const records = JSON.parse(String(events[0]!.metadata["dns_records"])) as {
          readonly [name: string]: Record
        }
        assert.deepStrictEqual(Object.keys(records), ["api.example"])
        assert.deepStrictEqual(
          records["api.example"]?.ip_list.map(({ available, ip }) => [ip, available]),
          [
            ["127.0.0.1", true],
            ["127.0.0.2", false],
          ],
        )
        const { body } = plane.to(heartbeatPath)[0]!
        assert.strictEqual(at(body, "local_dns_records", 0, "domain"), "api.example")
        assert.deepStrictEqual(at(body, "local_dns_records", 0, "ip_list"), ["127.0.0.1"])
        assert.strictEqual(service.heard()[0]?.path, "/ping")
      }).pipe(
        Effect.provide(MillraceNode.layer({ config, plugin }).pipe(Layer.provide(Logger.layer([])))),
        Effect.provideService(Environment, { SCF_FUNCTIONNAME: "node-1" }),
      )
    }).pipe(Effect.scoped),
  )
})
