import { Schema } from "effect"
import { optional, required, withDefault } from "../src/domain/ConfigField.ts"
import { Port, NonEmptyText } from "../src/domain/ConfigValue.ts"

/** One entry of the second file of a node (`trpc_go.yaml`): the ports of its gateway and timers. */
export const NodeService = Schema.Struct({
  name: required(NonEmptyText, "Ends in `.gateway.stdhttp`, `.heartbeat.timer`, `.timer.second`, …"),
  network: optional(Schema.String, "`tcp`, or a timer's cron text."),
  protocol: optional(Schema.String, "`http_no_protocol` or `timer`."),
  ip: optional(Schema.String, "Where an HTTP service listens."),
  port: optional(Port, "The port of an HTTP service."),
  timeout: optional(Schema.Int, "Milliseconds."),
})

/** Section `server`: the HTTP API, console and metrics. */
export const ServerConfig = Schema.Struct({
  host: withDefault(
    NonEmptyText,
    "127.0.0.1",
    "The address to listen on. In a container usually 0.0.0.0; whoever reaches it can steer the collection.",
  ),
  port: withDefault(Port, 8080, "The port of the HTTP API."),
  service: optional(
    Schema.Array(NodeService),
    "The services of a node's second file, read as it stands: gateway and timers.",
  ),
})

export type ServerConfig = typeof ServerConfig.Type
