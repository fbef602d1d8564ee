import { Clock, Effect, Schedule } from "effect"
import { AddressProbe, type ProbeTarget } from "../../../services/AddressProbe.ts"
import type { DnsProxyConfig } from "../../../services/DnsProxyConfig.ts"
import { catalog } from "../../../services/MetricCatalog.ts"
import { Metrics } from "../../../services/Metrics.ts"
import { NameResolver } from "../../../services/NameResolver.ts"
import type { ControlPlane } from "../ControlPlane.ts"
import type { NodeState } from "../NodeState.ts"
import type { Self } from "../../runtime/Actor.ts"
import type { ChildSpec } from "../../runtime/ChildSpec.ts"
import { monotonicMillis } from "../../runtime/Monotonic.ts"
import * as RateLimitedLog from "../../runtime/RateLimitedLog.ts"
import { type DnsRecord, DnsRecords, ranked, type TriedAddress } from "./DnsRecords.ts"
import { planeRecords } from "./PlaneRecords.ts"

export type DnsServices = NameResolver | AddressProbe | DnsRecords | ControlPlane | NodeState | Metrics

/** Addresses of one name that are tried; a name that has more is not what it seems. */
const mostAddresses = 64

/** Addresses of one name that are tried at once. */
const triedAtOnce = 8

/** Triggers wait no longer for the first answers; what is late comes with later events. */
const patience = "10 seconds"

const seconds = (count: number): number => count * 1000

/** How an address of a name is tried: as configured for that name, else by a connection to 443. */
export const probeOf =
  (config: DnsProxyConfig) =>
  (domain: string, address: string): ProbeTarget => {
    const said = config.probe_configs.find((each) => each.domain === domain)
    if (said === undefined || said.probe_type === "tcp")
      return { address, port: said?.tcp_port ?? 443, timeoutMillis: seconds(said?.timeout ?? 2) }
    const secure = said.probe_type === "https"
    const { expected_status = 200, method = "GET", path = "/", timeout } = said.probe_api ?? {}
    return {
      address,
      port: said.tcp_port ?? (secure ? 443 : 80),
      timeoutMillis: seconds(timeout ?? said.timeout ?? 3),
      request: { secure, host: domain, method, path, expectedStatus: expected_status },
    }
  }

interface Resolved {
  readonly addresses: ReadonlyArray<string>
  readonly resolvedAt: number
  /** Absent: the answer is of now. */
  readonly objection?: string
}

const make = Effect.fnUntraced(function* (config: DnsProxyConfig) {
  const resolver = yield* NameResolver
  const prober = yield* AddressProbe
  const records = yield* DnsRecords
  const { series } = yield* Metrics
  const limited = RateLimitedLog.make()
  const targetOf = probeOf(config)
  const count = (outcome: "ok" | "plane" | "error") =>
    series.counter(catalog.dnsResolutions, { outcome }).add(1)

  /** All servers at once: what any of them knows counts, and only that none does is a failure. */
  const askServers = Effect.fnUntraced(function* (name: string) {
    const answers = yield* Effect.forEach(
      config.dns_servers,
      (server) =>
        Effect.result(resolver.resolve({ name, server, timeoutMillis: seconds(config.dns_timeout) })),
      { concurrency: "unbounded" },
    )
    const found = answers.flatMap((each) => (each._tag === "Success" ? each.success : []))
    const addresses = [...new Set(found)].slice(0, mostAddresses)
    const objections = answers.flatMap((each) => (each._tag === "Failure" ? [each.failure.message] : []))
    return { addresses, objection: objections.join("; ") || `${name} has no addresses` }
  })

  const tried = Effect.fnUntraced(function* (domain: string, ip: string) {
    const before = yield* monotonicMillis
    const outcome = yield* Effect.result(prober.probe(targetOf(domain, ip)))
    const latency = Math.max(1, Math.round(((yield* monotonicMillis) - before) * 1000))
    const triedAt = yield* Clock.currentTimeMillis
    if (outcome._tag === "Failure") {
      yield* Effect.logDebug(`${domain}: ${outcome.failure.message}`)
      return { ip, latency: 0, available: false, triedAt } satisfies TriedAddress
    }
    return { ip, latency, available: true, triedAt } satisfies TriedAddress
  })

  /** One round over every name. Why names could not be resolved, where they could not. */
  const round = Effect.gen(function* () {
    const known = yield* records.current
    // Asked once a round, and only where a name's own servers do not know it.
    const plane = yield* Effect.cached(Effect.result(planeRecords))

    const resolve = Effect.fnUntraced(function* (
      domain: string,
    ): Effect.fn.Return<Resolved, never, DnsServices> {
      const { addresses, objection } = yield* askServers(domain)
      const now = yield* Clock.currentTimeMillis
      if (addresses.length > 0) {
        count("ok")
        return { addresses, resolvedAt: now }
      }
      const answer = yield* plane
      const there = answer._tag === "Success" ? answer.success.get(domain) : undefined
      if (there !== undefined && there.addresses.length > 0) {
        count("plane")
        return {
          addresses: there.addresses.slice(0, mostAddresses),
          resolvedAt: there.resolvedAt ?? now,
        }
      }
      count("error")
      const also = answer._tag === "Failure" ? `; ${answer.failure.message}` : ""
      const before = known.get(domain)
      return {
        addresses: before?.addresses.map(({ ip }) => ip) ?? [],
        resolvedAt: before?.resolvedAt ?? now,
        objection: `${objection}${also}`,
      }
    })

    const look = Effect.fnUntraced(function* (domain: string) {
      const { addresses, objection, resolvedAt } = yield* resolve(domain)
      const all = yield* Effect.forEach(addresses, (ip) => tried(domain, ip), { concurrency: triedAtOnce })
      const record: DnsRecord = {
        domain,
        addresses: ranked(all),
        resolvedAt,
        success: objection === undefined,
      }
      return { record, objection }
    })

    const names = [...new Set(config.scheduled_domains)]
    const looked = yield* Effect.forEach(names, look, { concurrency: config.concurrent_limit })
    const next = looked.flatMap(({ record }) => (record.addresses.length === 0 ? [] : [record]))
    yield* records.replace(new Map(next.map((record) => [record.domain, record])))
    const addresses = next.flatMap((record) => record.addresses)
    const available = addresses.filter((each) => each.available).length
    series.replace(catalog.dnsAddresses, [
      [{ state: "available" }, available],
      [{ state: "unavailable" }, addresses.length - available],
    ])
    return looked.flatMap(({ objection, record: { addresses: all, domain } }) => {
      if (objection !== undefined) return [{ domain, detail: `${domain} is not resolved: ${objection}` }]
      return all.some((each) => each.available)
        ? []
        : [{ domain, detail: `none of the ${all.length} addresses of ${domain} answers` }]
    })
  })

  return (self: Self) =>
    Effect.gen(function* () {
      const problems = yield* round
      if (problems.length === 0) return yield* self.ready
      yield* self.degraded(
        problems
          .map(({ detail }) => detail)
          .join("; ")
          .slice(0, 500),
      )
      for (const { detail, domain } of problems)
        yield* limited.log("Warn", domain, () => [`dns_proxy: ${detail}`])
    })
})

/**
 * Keeps the names of section `dns_proxy` resolved: each round asks the name servers, tries every address, and ranks
 * them. A name that nobody can resolve keeps the addresses it had, tried anew.
 */
export const dnsProxy = (config: DnsProxyConfig): ChildSpec<DnsServices> => ({
  id: "dns",
  run: Effect.fnUntraced(function* (self: Self) {
    const round = yield* make(config)
    let looked = false
    const rounds = Effect.repeat(
      Effect.tap(round(self), () => Effect.sync(() => void (looked = true))),
      Schedule.jittered(Schedule.spaced(config.refresh)),
    )
    const patient = Effect.gen(function* () {
      yield* Effect.sleep(patience)
      if (!looked) yield* self.degraded("names are still being resolved for the first time")
      return yield* Effect.never
    })
    return yield* Effect.raceFirst(rounds, patient)
  }),
})
