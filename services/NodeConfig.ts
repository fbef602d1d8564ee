import { Schema } from "effect"
import { optional, required, withDefault } from "../src/domain/ConfigField.ts"
import { ControlConfig } from "./ControlConfig.ts"
import { DnsProxyConfig } from "./DnsProxyConfig.ts"
import { TasksConfig } from "./TasksConfig.ts"
import { ByteSize, DurationValue, NonEmptyText, Port, url } from "../src/domain/ConfigValue.ts"

/** Sections of a node under a control plane. Keys in snake case are those of the files that nodes have today. */

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/** Section `gateway`: where events, probes and forwarded requests come in. */
export const GatewayConfig = Schema.Struct({
  host: optional(
    NonEmptyText,
    "The address to listen on, 127.0.0.1 unless given; another than loopback needs `public: true`.",
  ),
  port: optional(Port, "The port. Unless given, that of the second file's gateway, else 9000."),
  public: withDefault(
    Schema.Boolean,
    false,
    "Says that everyone who reaches the address may steer this node.",
  ),
}).check(
  Schema.makeFilter(
    (gateway) => gateway.public || gateway.host === undefined || loopback.test(gateway.host),
    {
      expected:
        "a loopback host, or `public: true` beside another: whoever reaches the gateway steers this node",
    },
  ),
)

/** Section `adapter`: the plugin behind HTTP. */
export const AdapterConfig = Schema.Struct({
  name: required(NonEmptyText, "The plugin's name, as the control plane sees it."),
  url: required(url(["http", "https"]), "Where the plugin answers."),
  readyTimeout: withDefault(
    DurationValue,
    "30 seconds",
    "How long it may take until its `/health` answers 200.",
  ),
  heartbeatExtra: optional(
    Schema.Record(Schema.String, Schema.Unknown),
    "Fields merged over each heartbeat, such as `capabilities`.",
  ),
  maxAnswer: withDefault(
    ByteSize.check(Schema.isGreaterThanOrEqualTo(1024)).annotate({ expected: "a size of 1 KiB or more" }),
    "16 MiB",
    "The largest answer of the plugin that is read; more is an error of the event.",
  ),
  command: optional(
    Schema.Array(Schema.String),
    "The plugin's program and its arguments; with it the process is started and supervised.",
  ),
})

/** Section `system`: who this node is. */
export const SystemConfig = Schema.Struct({
  name: optional(Schema.String, "The function's name."),
  version: optional(Schema.String, "Compared with the control plane's `package_version`."),
  env: optional(Schema.String, "`production`, `test`, …"),
  storage_url: optional(Schema.String, "The storage service, for the plugin."),
  timeZone: optional(Schema.String, "The time zone of cron expressions; UTC unless given."),
})

/** Section `heartbeat`: how the node reports. */
export const HeartbeatConfig = Schema.Struct({
  server_ip: optional(Schema.String, "The control plane; empty until a probe brings it."),
  server_port: optional(Port, "Its port."),
  interval: optional(
    Schema.Finite.check(Schema.isGreaterThan(0)).annotate({ expected: "seconds, above 0" }),
    "Seconds between heartbeats. Unless given, as the second file's heartbeat timer says, else 9.",
  ),
})

const TriggerConfig = Schema.Struct({
  name: required(NonEmptyText, "The trigger's name."),
  type: required(NonEmptyText, "What fires it: `timer`, `nats`, `http` or `record`."),
  settings: optional(
    Schema.Record(Schema.String, Schema.Unknown),
    "By type: a timer's `cron`, a queue's `url`, …",
  ),
})

/** Section `runtime`: whether this process lives on its own or inside a cloud function. */
export const RuntimeConfig = Schema.Struct({
  mode: withDefault(Schema.Literals(["standalone", "serverless"]), "standalone", "How this process is run."),
  serverless: optional(
    Schema.Struct({
      provider: optional(Schema.String, "`tencent`, …"),
      enable_local_timer: withDefault(Schema.Boolean, false, "`false`: only events start work."),
      timeout: withDefault(
        DurationValue,
        "900 seconds",
        "How long the function may take: a minute before, what runs stops at its checkpoint and goes on with the next event.",
      ),
      task_store: optional(
        Schema.Struct({
          type: withDefault(
            Schema.Literals(["bleve", "sqlite"]),
            "bleve",
            "The built-in store, by either name.",
          ),
          path: optional(NonEmptyText, "Its folder."),
        }),
        "Where tasks are kept.",
      ),
    }),
    "Settings of a cloud function.",
  ),
})

/** The sections of a node, for the registry. */
export const nodeSections = {
  runtime: optional(RuntimeConfig, "Whether this process lives on its own or inside a cloud function."),
  gateway: optional(GatewayConfig, "Where events, probes and forwarded requests come in."),
  adapter: optional(AdapterConfig, "The plugin behind HTTP."),
  tasks: withDefault(TasksConfig, {}, "The task table: collection on demand."),
  system: optional(SystemConfig, "Who this node is."),
  heartbeat: optional(HeartbeatConfig, "How this node reports to its control plane."),
  control: withDefault(ControlConfig, {}, "The control plane: `millrace control`."),
  triggers: optional(Schema.Array(TriggerConfig), "What fires the plugin."),
  plugin: optional(Schema.Unknown, "The plugin's own settings, passed through untouched."),
  dns_proxy: optional(
    DnsProxyConfig,
    "Names that are kept resolved for plugins, their addresses tried and ranked.",
  ),
}
