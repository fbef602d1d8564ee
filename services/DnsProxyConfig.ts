import { Duration, Schema } from "effect"
import { optional, required, withDefault } from "../src/domain/ConfigField.ts"
import { DurationValue, NonEmptyText, Port, PositiveInt } from "../src/domain/ConfigValue.ts"

const Seconds = Schema.Finite.check(Schema.isGreaterThan(0)).annotate({ expected: "seconds, above 0" })

const serverForm =
  /^(localhost|\d{1,3}(\.\d{1,3}){3}(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?|[0-9a-f]*:[0-9a-f:.]+)$/i

const NameServer = Schema.String.check(
  Schema.makeFilter((text) => serverForm.test(text), {
    expected: "an address, with a port where it is not 53 (1.1.1.1, 127.0.0.1:5353, [::1]:53), or localhost",
  }),
)

/** What an HTTP probe asks. */
const ProbeRequest = Schema.Struct({
  path: withDefault(
    Schema.String.check(
      Schema.makeFilter((text) => text.startsWith("/"), { expected: "a path that begins with /" }),
    ),
    "/",
    "The path, with its query.",
  ),
  method: withDefault(Schema.Literals(["GET", "HEAD", "POST"]), "GET", "The method."),
  timeout: optional(Seconds, "Seconds until it must be answered; 3 unless given."),
  expected_status: withDefault(PositiveInt, 200, "Another status means that the address is no use."),
})

/** How the addresses of one name are tried. */
const ProbeConfig = Schema.Struct({
  domain: required(NonEmptyText, "The name, as in `scheduled_domains`."),
  probe_type: withDefault(
    Schema.Literals(["tcp", "http", "https"]),
    "tcp",
    "`tcp`: it takes a connection. `http`, `https`: it answers `probe_api`, for `https` with a certificate of the name.",
  ),
  probe_api: optional(ProbeRequest, "What `http` and `https` ask."),
  tcp_port: optional(Port, "The port: 443 unless given, for `http` 80."),
  timeout: optional(Seconds, "Seconds that a connection may take; 2 unless given."),
})

/** Section `dns_proxy`: which addresses of the names that plugins call work, and which is nearest. */
export const DnsProxyConfig = Schema.Struct({
  dns_servers: withDefault(
    Schema.Array(NameServer),
    ["localhost"],
    "Asked all at once, and what any of them knows counts. `localhost`: those that this machine is set up with.",
  ),
  dns_timeout: withDefault(Seconds, 5, "Seconds that a server may take over a name."),
  concurrent_limit: withDefault(PositiveInt, 10, "Names at once."),
  scheduled_domains: withDefault(
    Schema.Array(NonEmptyText).check(Schema.isMaxLength(1000, { expected: "at most 1000 names" })),
    [],
    "The names that are kept resolved.",
  ),
  probe_configs: withDefault(
    Schema.Array(ProbeConfig),
    [],
    "How addresses are tried; others by a connection to 443.",
  ),
  refresh: withDefault(
    DurationValue.check(
      Schema.makeFilter((wait) => Duration.toMillis(wait) >= 1000, {
        expected: "a duration of 1 second or more",
      }),
    ),
    "60 seconds",
    "How long after one round the next begins, a fifth more or less.",
  ),
})

export type DnsProxyConfig = typeof DnsProxyConfig.Type
