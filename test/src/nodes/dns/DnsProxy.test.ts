import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, Schema } from "effect"
import { TestClock } from "effect/testing"
import { AddressProbe, AddressProbeError, type ProbeTarget } from "../../../../services/AddressProbe.ts"
import { DnsProxyConfig } from "../../../../services/DnsProxyConfig.ts"
import { catalog } from "../../../../services/MetricCatalog.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { NameResolver, NameResolverError } from "../../../../services/NameResolver.ts"
import { ControlPlane, ControlPlaneError } from "../../../../src/nodes/ControlPlane.ts"
import { dnsProxy, probeOf } from "../../../../src/nodes/dns/DnsProxy.ts"
import { DnsRecords, eventRecords, heartbeatRecords } from "../../../../src/nodes/dns/DnsRecords.ts"
import { NodeState } from "../../../../src/nodes/NodeState.ts"
import type { Self } from "../../../../src/runtime/Actor.ts"

const identity = { id: "n", version: "v1", os: "linux", arch: "amd64", engine: "node24", cpus: 1 }

/** A world of names, servers and addresses that a test changes as it goes. */
const makeWorld = () => {
  const world = {
    /** By server and name; absent: it does not answer. */
    names: {} as Record<string, Record<string, ReadonlyArray<string>>>,
    /** Milliseconds until an address answers; absent: never. */
    addresses: {} as Record<string, number>,
    plane: undefined as string | undefined,
    planeAsked: 0,
    said: [] as Array<string>,
  }
  const self: Self = {
    path: "node/dns",
    ready: Effect.sync(() => void world.said.push("ready")),
    degraded: (reason) => Effect.sync(() => void world.said.push(reason)),
    owns: () => Effect.void,
  }
  const resolver = NameResolver.of({
    resolve: ({ name, server }) => {
      const found = world.names[server]?.[name]
      return found === undefined
        ? Effect.fail(new NameResolverError({ name, server, reason: "unreachable", detail: "no answer" }))
        : Effect.succeed(found)
    },
  })
  const probe = AddressProbe.of({
    probe: ({ address, timeoutMillis }: ProbeTarget) => {
      const answers = world.addresses[address]
      return answers === undefined
        ? Effect.andThen(
            Effect.sleep(timeoutMillis),
            Effect.fail(new AddressProbeError({ address, detail: "no answer" })),
          )
        : Effect.sleep(answers)
    },
  })
  const plane = ControlPlane.of({
    post: (url) =>
      Effect.suspend(() => {
        world.planeAsked++
        return world.plane === undefined
          ? Effect.fail(new ControlPlaneError({ url, detail: "away" }))
          : Effect.succeed(world.plane)
      }),
  })
  const layer = Layer.mergeAll(
    Layer.succeed(NameResolver, resolver),
    Layer.succeed(AddressProbe, probe),
    Layer.succeed(ControlPlane, plane),
    DnsRecords.layer,
    NodeState.layer(identity, { serverIp: "127.0.0.1", serverPort: 9 }),
    Metrics.layer,
    Logger.layer([]),
  )
  const run = (config: typeof DnsProxyConfig.Encoded) =>
    Effect.forkChild(dnsProxy(Schema.decodeUnknownSync(DnsProxyConfig)(config)).run(self), {
      startImmediately: true,
    })
  return { world, layer, run }
}

const current = Effect.flatMap(DnsRecords, ({ current }) => current)

const addressesOf = (name: string) =>
  Effect.map(current, (records) => records.get(name)?.addresses.map(({ ip }) => ip))

describe("dns_proxy", () => {
  it.effect("ranks what all servers know: what answers first, the fastest of that first of all", () => {
    const { layer, run, world } = makeWorld()
    world.names = {
      "1.1.1.1": { "a.x": ["10.0.0.1", "10.0.0.2"] },
      "8.8.8.8": { "a.x": ["10.0.0.3", "10.0.0.2"] },
    }
    world.addresses = { "10.0.0.2": 30, "10.0.0.3": 5 }
    return Effect.gen(function* () {
      yield* run({ dns_servers: ["1.1.1.1", "8.8.8.8", "9.9.9.9"], scheduled_domains: ["a.x"] })
      yield* TestClock.adjust("3 seconds")
      const record = (yield* current).get("a.x")
      assert.deepStrictEqual(
        record?.addresses.map(({ available, ip, latency }) => [ip, available, latency]),
        [
          ["10.0.0.3", true, 5000],
          ["10.0.0.2", true, 30_000],
          ["10.0.0.1", false, 0],
        ],
      )
      // One of three servers was silent: what the others know is enough.
      assert.deepStrictEqual(world.said, ["ready"])
      const { series } = yield* Metrics
      assert.deepStrictEqual(
        series.values(catalog.dnsAddresses).map(([{ state }, count]) => [state, count]),
        [
          ["available", 2],
          ["unavailable", 1],
        ],
      )
    }).pipe(Effect.provide(layer))
  })

  it.effect("looks again at its interval, a fifth more or less, and follows what has changed", () => {
    const { layer, run, world } = makeWorld()
    world.names = { s: { "a.x": ["10.0.0.1"] } }
    world.addresses = { "10.0.0.1": 1, "10.0.0.2": 1 }
    return Effect.gen(function* () {
      yield* run({ dns_servers: ["localhost"], scheduled_domains: ["a.x"], refresh: "100 seconds" })
      world.names = { localhost: { "a.x": ["10.0.0.2"] } }
      yield* TestClock.adjust("79 seconds")
      assert.isUndefined(yield* addressesOf("a.x"))
      yield* TestClock.adjust("45 seconds")
      assert.deepStrictEqual(yield* addressesOf("a.x"), ["10.0.0.2"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("asks the control plane, once a round, for names that no server knows", () => {
    const { layer, run, world } = makeWorld()
    world.plane = JSON.stringify({
      code: 200,
      message: "success",
      data: [
        { domain: "a.x", best_ips: "10.0.0.1+10.0.0.2", resolve_at: "2026-01-01T00:00:00Z", success: true },
        { domain: "b.x", best_ips: "10.0.0.3", resolve_at: "0001-01-01T00:00:00Z", success: true },
      ],
      total: 2,
    })
    world.addresses = { "10.0.0.2": 1, "10.0.0.3": 1 }
    return Effect.gen(function* () {
      yield* TestClock.setTime(1_800_000_000_000)
      yield* run({ scheduled_domains: ["a.x", "b.x"] })
      yield* TestClock.adjust("3 seconds")
      const records = yield* current
      assert.deepStrictEqual(yield* addressesOf("a.x"), ["10.0.0.2", "10.0.0.1"])
      assert.strictEqual(records.get("a.x")?.resolvedAt, Date.UTC(2026, 0, 1))
      assert.strictEqual(records.get("b.x")?.resolvedAt, 1_800_000_000_000)
      assert.strictEqual(world.planeAsked, 1)
      assert.deepStrictEqual(world.said, ["ready"])
    }).pipe(Effect.provide(layer))
  })

  it.effect(
    "keeps what it knew of a name that nobody resolves any more, tried anew, and says who said what",
    () => {
      const { layer, run, world } = makeWorld()
      world.names = { localhost: { "a.x": ["10.0.0.1", "10.0.0.2"] } }
      world.addresses = { "10.0.0.1": 1, "10.0.0.2": 2 }
      return Effect.gen(function* () {
        yield* run({ scheduled_domains: ["a.x", "never.x"] })
        yield* TestClock.adjust("30 seconds")
        assert.match(
          world.said.at(-1) ?? "",
          /^never\.x is not resolved: localhost on never\.x: no answer; http.*away$/,
        )
        assert.isFalse((yield* current).has("never.x"))
        world.names = {}
        world.addresses = { "10.0.0.2": 2 }
        yield* TestClock.adjust("90 seconds")
        const record = (yield* current).get("a.x")
        assert.deepStrictEqual(yield* addressesOf("a.x"), ["10.0.0.2", "10.0.0.1"])
        assert.deepStrictEqual([record?.success, record?.resolvedAt], [false, 0])
        world.addresses = {}
        world.names = { localhost: { "a.x": ["10.0.0.1"], "never.x": ["10.0.0.1"] } }
        yield* TestClock.adjust("90 seconds")
        assert.match(
          world.said.at(-1) ?? "",
          /none of the 1 addresses of a\.x answers; none of the 1 addresses of never\.x/,
        )
      }).pipe(Effect.provide(layer))
    },
  )

  it.effect("holds up nobody: what takes longer than ten seconds goes on behind a start", () => {
    const { layer, run, world } = makeWorld()
    world.names = { localhost: Object.fromEntries(["a.x", "b.x"].map((name) => [name, ["10.0.0.1"]])) }
    world.addresses = { "10.0.0.1": 8000 }
    return Effect.gen(function* () {
      yield* run({ scheduled_domains: ["a.x", "b.x"], concurrent_limit: 1 })
      yield* TestClock.adjust("11 seconds")
      assert.deepStrictEqual(world.said, ["names are still being resolved for the first time"])
      yield* TestClock.adjust("6 seconds")
      assert.deepStrictEqual(world.said.slice(1), ["ready"])
    }).pipe(Effect.provide(layer))
  })

  it("tries a name as it is configured, and others by a connection to 443", () => {
    const targetOf = probeOf(
      Schema.decodeUnknownSync(DnsProxyConfig)({
        probe_configs: [
          { domain: "tcp.x", probe_type: "tcp", tcp_port: 8443, timeout: 1 },
          {
            domain: "web.x",
            probe_type: "https",
            probe_api: { path: "/api/v3/ping", method: "HEAD", timeout: 4, expected_status: 204 },
          },
        ],
      }),
    )
    assert.deepStrictEqual(targetOf("else.x", "10.0.0.1"), {
      address: "10.0.0.1",
      port: 443,
      timeoutMillis: 2000,
    })
    assert.deepStrictEqual(targetOf("tcp.x", "10.0.0.1"), {
      address: "10.0.0.1",
      port: 8443,
      timeoutMillis: 1000,
    })
    assert.deepStrictEqual(targetOf("web.x", "10.0.0.1"), {
      address: "10.0.0.1",
      port: 443,
      timeoutMillis: 4000,
      request: { secure: true, host: "web.x", method: "HEAD", path: "/api/v3/ping", expectedStatus: 204 },
    })
  })

  it("is said in events as text by name, in heartbeats only by what answers", () => {
    const at = Date.UTC(2026, 0, 1)
    const up = { ip: "10.0.0.1", latency: 1200, available: true, triedAt: at }
    const down = { ip: "10.0.0.2", latency: 0, available: false, triedAt: at }
    const records = new Map([
      ["a.x", { domain: "a.x", addresses: [up, down], resolvedAt: at, success: true }],
      ["b.x", { domain: "b.x", addresses: [down], resolvedAt: at, success: true }],
    ])
    const { dns_records = "" } = eventRecords(records)
    const time = "2026-01-01T00:00:00.000Z"
    assert.deepStrictEqual(JSON.parse(dns_records)["a.x"], {
      domain: "a.x",
      ip_list: [
        { ip: "10.0.0.1", latency: 1200, available: true, last_ping: time },
        { ip: "10.0.0.2", latency: 0, available: false, last_ping: time },
      ],
      resolve_at: time,
      success: true,
    })
    assert.deepStrictEqual(heartbeatRecords(records), {
      local_dns_records: [{ domain: "a.x", ip_list: ["10.0.0.1"], resolve_at: time }],
    })
    assert.deepStrictEqual([eventRecords(new Map()), heartbeatRecords(new Map())], [{}, {}])
  })
})
