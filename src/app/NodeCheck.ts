import { Effect } from "effect"
import { ConfigError } from "../config/ConfigError.ts"
import type { MillraceConfig } from "../config/Sections.ts"
import { nodeSettings } from "../nodes/NodeSettings.ts"
import { readTriggers } from "../nodes/triggers/TriggerSettings.ts"

/** Whose code runs tasks: that behind section `adapter`, the application's around this node, or Millrace's own. */
export type PluginOwner = "adapter" | "application" | "millrace"

/** What the configuration says of the node beyond what a schema can check. */
export const readNode = ({ gateway, heartbeat, server, system, triggers = [] }: MillraceConfig) => ({
  settings: nodeSettings({
    ...(gateway === undefined ? {} : { gateway }),
    ...(heartbeat === undefined ? {} : { heartbeat }),
    ...(server.service === undefined ? {} : { services: server.service }),
  }),
  triggers: readTriggers(triggers, { timeZone: system?.timeZone }),
})

/** Every problem of the node's sections at once, as of any other; gives what is odd about them. */
export const checkNode = (config: MillraceConfig): Effect.Effect<ReadonlyArray<string>, ConfigError> => {
  const { settings, triggers } = readNode(config)
  const warnings = [...settings.warnings, ...triggers.warnings]
  const problems = [
    ...settings.problems.map((detail) => ({ path: "server.service", detail })),
    ...triggers.problems.map((detail) => ({ path: "triggers", detail })),
  ]
  return problems.length === 0
    ? Effect.succeed(warnings)
    : Effect.fail(new ConfigError({ problems, warnings: [] }))
}
