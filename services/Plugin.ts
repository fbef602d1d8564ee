import { Context, type Effect, Schema } from "effect"
import type { TriggerEvent, TriggerResponse } from "../src/domain/TriggerEvent.ts"

/** A plugin did not do what it was asked. `unready`: it never said that it is there; `unreachable`: no connection; `timeout`: no answer in time; `status`: it answered with an error; `too_large`: it answered more than is read; `failed`: it threw. */
export class PluginError extends Schema.TaggedError<PluginError>()("PluginError", {
  plugin: Schema.String,
  reason: Schema.Literals(["unready", "unreachable", "timeout", "status", "too_large", "failed"]),
  detail: Schema.String,
  status: Schema.optionalKey(Schema.Int),
}) {
  override get message(): string {
    return `plugin ${this.plugin}: ${this.detail}`
  }
}

/** Someone's code that is called when a trigger fires: in this process, or behind HTTP in any language. */
export interface PluginService {
  readonly name: string
  /** Where it answers, for plugins behind HTTP: the gateway forwards there. */
  readonly url?: string
  /** Comes back once it is ready to be called. */
  readonly ready: Effect.Effect<void, PluginError>
  /** Merged over each heartbeat; `capabilities` for example. Asked before each. */
  readonly heartbeatExtra: Effect.Effect<Readonly<Record<string, unknown>>>
  readonly onTrigger: (event: TriggerEvent) => Effect.Effect<TriggerResponse, PluginError>
}

/** The plugin of this process. */
export class Plugin extends Context.Service<Plugin, PluginService>()("millrace/services/Plugin") {}
