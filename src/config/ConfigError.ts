import { Schema } from "effect"

/** One thing that is wrong with a configuration. */
export const Problem = Schema.Struct({
  /** `exchanges.binance.connections.max`; empty when a whole file is meant. */
  path: Schema.String,
  /** What was expected and what was found; never a secret. */
  detail: Schema.String,
  /** The file or the variable that says it, where there is one. */
  source: Schema.optionalKey(Schema.String),
})
export type Problem = typeof Problem.Type

/** `server.port: expected a port, found "http" (config/my.yaml)`; a whole file: `config/my.yaml: there is no such file`. */
export const renderProblem = ({ path, detail, source }: Problem): string =>
  path === ""
    ? `${source ?? "configuration"}: ${detail}`
    : `${path}: ${detail}${source === undefined ? "" : ` (${source})`}`

/** The configuration cannot be used. Holds every problem there is, so that one run is enough to find them all. */
export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", {
  problems: Schema.Array(Problem),
  /** Names in the environment that mean nothing here: perhaps the setting that is missed. */
  warnings: Schema.Array(Schema.String),
}) {
  override get message(): string {
    const count = this.problems.length
    return [
      `the configuration has ${count === 1 ? "a problem" : `${count} problems`}; nothing was started`,
      ...this.problems.map((problem) => `  ${renderProblem(problem)}`),
      ...this.warnings.map((warning) => `  perhaps also: ${warning}`),
    ].join("\n")
  }
}
