import { Context, Effect, Layer } from "effect"

/** An address of a name, as it was tried last. */
export interface TriedAddress {
  readonly ip: string
  /** Microseconds until it had answered; 0 where it did not. */
  readonly latency: number
  readonly available: boolean
  /** Milliseconds since the epoch. */
  readonly triedAt: number
}

/** What is known of a name. */
export interface DnsRecord {
  readonly domain: string
  /** Those that answered first, the fastest of them first of all. */
  readonly addresses: ReadonlyArray<TriedAddress>
  /** When a server gave these addresses, milliseconds since the epoch. */
  readonly resolvedAt: number
  /** Whether the last question was answered; else these are the addresses from before. */
  readonly success: boolean
}

/** The addresses of the names that this node keeps resolved: put into each event and each heartbeat. */
export class DnsRecords extends Context.Service<
  DnsRecords,
  {
    readonly current: Effect.Effect<ReadonlyMap<string, DnsRecord>>
    readonly replace: (records: ReadonlyMap<string, DnsRecord>) => Effect.Effect<void>
  }
>()("millrace/nodes/dns/DnsRecords") {
  /** None yet. */
  static readonly layer: Layer.Layer<DnsRecords> = Layer.sync(DnsRecords, () => {
    let records: ReadonlyMap<string, DnsRecord> = new Map()
    return DnsRecords.of({
      current: Effect.sync(() => records),
      replace: (next) => Effect.sync(() => void (records = next)),
    })
  })
}

const iso = (millis: number): string => new Date(millis).toISOString()

/** Those that answered first, then the fastest. Equals keep the order that the server gave. */
export const ranked = (addresses: ReadonlyArray<TriedAddress>): ReadonlyArray<TriedAddress> =>
  addresses.toSorted(
    (left, right) => Number(right.available) - Number(left.available) || left.latency - right.latency,
  )

/** `metadata.dns_records` of an event: a text, JSON by name. Nothing while there is nothing to say. */
export const eventRecords = (records: ReadonlyMap<string, DnsRecord>): { readonly dns_records?: string } => {
  if (records.size === 0) return {}
  const entries = [...records.values()].map(({ addresses, domain, resolvedAt, success }) => [
    domain,
    {
      domain,
      ip_list: addresses.map(({ available, ip, latency, triedAt }) => ({
        ip,
        latency,
        available,
        last_ping: iso(triedAt),
      })),
      resolve_at: iso(resolvedAt),
      success,
    },
  ])
  return { dns_records: JSON.stringify(Object.fromEntries(entries)) }
}

/** `local_dns_records` of a heartbeat: the addresses that answer, best first. Nothing where there are none. */
export const heartbeatRecords = (
  records: ReadonlyMap<string, DnsRecord>,
): { readonly local_dns_records?: ReadonlyArray<unknown> } => {
  const items = [...records.values()].flatMap(({ addresses, domain, resolvedAt }) => {
    const usable = addresses.filter(({ available }) => available).map(({ ip }) => ip)
    return usable.length === 0 ? [] : [{ domain, ip_list: usable, resolve_at: iso(resolvedAt) }]
  })
  return items.length === 0 ? {} : { local_dns_records: items }
}
