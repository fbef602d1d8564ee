import { Schema } from "effect"
import { optional, withDefault } from "../src/domain/ConfigField.ts"
import { Port, NonEmptyText, url } from "../src/domain/ConfigValue.ts"

export const LogLevel = Schema.Literals(["trace", "debug", "info", "warn", "error", "fatal", "none"])
export type LogLevel = typeof LogLevel.Type

/** `auto` is `text` in a terminal and `json` elsewhere. */
export const LogFormat = Schema.Literals(["auto", "json", "text"])
export type LogFormat = typeof LogFormat.Type

/** Section `telemetry`: logs, metrics, traces. */
export const TelemetryConfig = Schema.Struct({
  serviceName: withDefault(NonEmptyText, "millrace", "`service.name` of everything that is exported."),
  otlpEndpoint: optional(
    url(["http", "https"]),
    "The OpenTelemetry collector for traces, metrics and logs over HTTP. Nothing is exported without it.",
  ),
  prometheus: optional(
    Schema.Struct({
      host: optional(NonEmptyText, "Where to listen; `server.host` unless given."),
      port: withDefault(Port, 9090, "The port of `GET /metrics`."),
    }),
    "A second port for `GET /metrics`, which is always on `server.port` too.",
  ),
  logLevel: withDefault(LogLevel, "info", "Lines below it are not written."),
  logFormat: withDefault(
    LogFormat,
    "auto",
    "`json` is one object a line, `text` is for people, `auto` is text in a terminal and JSON elsewhere. Logs go to stderr.",
  ),
})

export type TelemetryConfig = typeof TelemetryConfig.Type
