import { Schema } from "effect"
import { optional, withDefault } from "../src/domain/ConfigField.ts"
import { NonEmptyText, Port } from "../src/domain/ConfigValue.ts"

/** Section `simulator`: with it, `run` starts the exchange simulator and points venues without endpoints to it. */
export const SimulatorConfig = Schema.Struct({
  port: withDefault(Port, 0, "The port on 127.0.0.1 that it listens on; 0 takes a free one."),
  seed: withDefault(
    Schema.Int,
    1,
    "The market is a function of the seed and the time of day: the same seed gives the same market.",
  ),
  rate: withDefault(
    Schema.Finite.check(Schema.isGreaterThan(0)).annotate({ expected: "messages a second, above 0" }),
    200,
    "Messages a second of each venue, about.",
  ),
  symbols: optional(
    Schema.Array(NonEmptyText),
    "The instruments it trades; unless given, those that the venues pointed to it ask for.",
  ),
})
export type SimulatorConfig = typeof SimulatorConfig.Type
