import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Effect, Layer, Redacted, Schema } from "effect"
import { hostname } from "node:os"
import * as Cls from "../../layers/log-service/Cls.ts"
import * as LocalSecrets from "../../layers/secrets/Local.ts"
import { Metrics } from "../../services/Metrics.ts"
import { Secrets, secretReference } from "../../services/Secrets.ts"
import { AppConfig } from "../config/AppConfig.ts"
import type { MillraceConfig } from "../config/Sections.ts"
import { nodeId } from "./NodeParts.ts"
import * as LogShipping from "../telemetry/LogShipping.ts"

const text = Schema.optionalKey(Schema.String)
const count = Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)))

/** `plugin.cls`, in the words of the files that plugins have. What it says besides is the plugin's. */
const Section = Schema.Struct({
  topic_id: text,
  host: text,
  secret_id: Schema.optionalKey(Schema.Unknown),
  secret_key: Schema.optionalKey(Schema.Unknown),
  secret_token: Schema.optionalKey(Schema.Unknown),
  source: text,
  total_size_bytes: count,
  total_size_ln_bytes: count,
  max_batch_size: count,
  max_batch_count: count,
  linger_ms: count,
  retries: count,
  base_retry_backoff_ms: count,
  max_retry_backoff_ms: count,
  field_map: Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.String))),
})
type Section = typeof Section.Type

const mebibyte = 1024 * 1024

/** The service takes no larger requests than 5 MB and 10,000 lines. */
const limits = { bytes: 3 * mebibyte, items: 10_000 }

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A secret as text, as plugins have it in their files, or as a reference. `undefined`: it is not said. */
const secretOf = Effect.fnUntraced(function* (value: unknown) {
  const reference = secretReference(value)
  if (reference !== undefined) return yield* Effect.flatMap(Secrets, ({ resolve }) => resolve(reference))
  return typeof value === "string" && value !== "" ? Redacted.make(value) : undefined
})

const off = (why: string) =>
  Layer.effectDiscard(Effect.logWarning(`plugin.cls: ${why}; this node's log goes to stderr alone`))

const shipping = (section: Section, { system }: MillraceConfig, id: string) => {
  const bytes = Math.min(section.max_batch_size || limits.bytes, limits.bytes)
  return LogShipping.layer({
    name: system?.name ?? "millrace",
    context: {
      nodeID: id,
      version: system?.version ?? "",
      ...(system?.env === undefined ? {} : { env: system.env }),
    },
    fieldMap: section.field_map ?? {},
    capacityBytes: Math.max(bytes, section.total_size_bytes ?? section.total_size_ln_bytes ?? 16 * mebibyte),
    batchBytes: bytes,
    batchItems: Math.min(section.max_batch_count || 4096, limits.items),
    linger: section.linger_ms ?? 2000,
    retries: section.retries ?? 10,
    firstWait: Math.max(1, section.base_retry_backoff_ms ?? 100),
    longestWait: Math.max(1, section.max_retry_backoff_ms ?? 50_000),
  })
}

const originOf = (host: string): string | undefined => {
  const url = URL.parse(host.includes("://") ? host : `https://${host}`)
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : undefined
}

/** The log service of `plugin.cls`, where it is set up there: what this node logs goes there too. */
export const layer = Layer.unwrap(
  Effect.gen(function* () {
    const { config } = yield* AppConfig
    const cls = isTree(config.plugin) ? config.plugin["cls"] : undefined
    if (cls === undefined || cls === null) return Layer.empty
    const read = Schema.decodeUnknownResult(Section)(cls)
    // Its message may hold a value, and values may be secrets.
    if (read._tag === "Failure") return off("a key has a value of another kind than it should have")
    const section = read.success
    const secrets = yield* Effect.result(
      Effect.all([section.secret_id, section.secret_key, section.secret_token].map(secretOf)),
    )
    if (secrets._tag === "Failure") return off(secrets.failure.message)
    const [secretId, secretKey, token] = secrets.success
    const { host = "", topic_id: topicId = "" } = section
    const origin = originOf(host)
    if (secretId === undefined || secretKey === undefined || topicId === "" || origin === undefined) {
      const given = { topic_id: topicId, host: origin, secret_id: secretId, secret_key: secretKey }
      const missing = Object.entries(given).flatMap(([key, value]) => (value ? [] : [key]))
      return off(`${missing.join(", ")} missing or not understood`)
    }
    const service = Cls.layer({
      origin,
      topicId,
      secretId,
      secretKey,
      ...(token === undefined ? {} : { token }),
      source: section.source || hostname(),
    })
    return shipping(section, config, (yield* nodeId) ?? "").pipe(Layer.provide(service))
  }),
).pipe(
  Layer.provide(LocalSecrets.layer),
  Layer.provide(NodeHttpClient.layerNodeHttp),
  Layer.provide(Metrics.layer),
)
