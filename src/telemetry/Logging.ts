import { Layer, Logger, type LogLevel as EffectLevel, References } from "effect"
import type { LogFormat, LogLevel } from "../../services/TelemetryConfig.ts"
import { lines, toJson, toText } from "./LogLine.ts"

const minimum: Readonly<Record<LogLevel, EffectLevel.LogLevel>> = {
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error",
  fatal: "Fatal",
  none: "None",
}

export interface LoggingOptions {
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  /** Whether stderr is a terminal: `auto` is then text, and text is coloured. */
  readonly terminal: boolean
}

/** Logs to stderr and nowhere else: stdout belongs to the stdout sink. Replaces Effect's default loggers. */
export const layer = (options: LoggingOptions): Layer.Layer<never> => {
  const json = options.logFormat === "json" || (options.logFormat === "auto" && !options.terminal)
  const format = json ? toJson : toText(options.terminal)
  return Layer.merge(
    Logger.layer([Logger.withConsoleError(Logger.map(lines, format))]),
    Layer.succeed(References.MinimumLogLevel, minimum[options.logLevel]),
  )
}
