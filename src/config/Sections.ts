import { Schema } from "effect"
import { ContinuityConfig } from "../../services/ContinuityConfig.ts"
import { DeadLettersConfig } from "../../services/DeadLettersConfig.ts"
import { JournalConfig } from "../../services/JournalConfig.ts"
import { nodeSections } from "../../services/NodeConfig.ts"
import { OverloadConfig } from "../../services/OverloadConfig.ts"
import { ServerConfig } from "../../services/ServerConfig.ts"
import { SimulatorConfig } from "../../services/SimulatorConfig.ts"
import { SinkConfig } from "../../services/SinkConfig.ts"
import { TelemetryConfig } from "../../services/TelemetryConfig.ts"
import { optional, withDefault } from "../domain/ConfigField.ts"
import { VenueConfig } from "../exchanges/VenueConfig.ts"
import { legacySections } from "./Legacy.ts"

/** The registry: every section of the configuration, each defined beside the part that it configures. */
export const Sections = Schema.Struct({
  server: withDefault(ServerConfig, {}, "The HTTP API, console and metrics."),
  exchanges: withDefault(
    Schema.Record(Schema.String, VenueConfig),
    {},
    "What to collect, by venue: `binance`, `binance-usdm`, …",
  ),
  simulator: optional(
    SimulatorConfig,
    "With this section `run` starts the exchange simulator, and venues without endpoints connect to it.",
  ),
  journal: withDefault(JournalConfig, {}, "The local log between the collectors and the sinks."),
  deadLetters: withDefault(
    DeadLettersConfig,
    {},
    "Where frames that no decoder could use, and records that a sink refused, are kept with their bytes.",
  ),
  continuity: withDefault(
    ContinuityConfig,
    {},
    "What is remembered of what came and what is missing: `GET /continuity` shows it.",
  ),
  overload: withDefault(
    OverloadConfig,
    {},
    "The memory that waiting records may take, and what gives way when it is used up.",
  ),
  sinks: withDefault(
    Schema.Array(SinkConfig),
    [{ name: "files", type: "files" }],
    "Where records go. Each sink has its own cursor: one that is away holds up no other.",
  ),
  telemetry: withDefault(TelemetryConfig, {}, "Logs, metrics, traces."),
  ...nodeSections,
  ...legacySections,
})

/** The configuration as a person or an embedding application writes it: everything with a default may be left out. */
export type ConfigInput = typeof Sections.Encoded

/** All sections, decoded, those of older layouts still beside ours. */
export type Decoded = typeof Sections.Type

type LegacySection = keyof typeof legacySections

/** The configuration as the program reads it: typed, complete, one way to say each thing. */
export type MillraceConfig = Omit<Decoded, LegacySection>
