import { Duration, Schema } from "effect"
import { optional, required, withDefault } from "../src/domain/ConfigField.ts"
import { DurationValue, NonEmptyText, url } from "../src/domain/ConfigValue.ts"

const KnownNode = Schema.Struct({
  id: required(NonEmptyText, "The node's id, as its heartbeats say it."),
  url: required(url(["http", "https"]), "Its gateway."),
})

/** Section `control`: the control plane. */
export const ControlConfig = Schema.Struct({
  path: withDefault(NonEmptyText, "data/control", "The folder where tasks and their assignment are kept."),
  lateAfter: withDefault(DurationValue, "12 seconds", "A node that was not heard for so long is late."),
  offlineAfter: withDefault(
    DurationValue,
    "20 seconds",
    "A node that was not heard for so long is offline: its tasks go to others.",
  ),
  lease: withDefault(
    DurationValue,
    "15 seconds",
    "How long a node may run its tasks without an answer to a heartbeat; shorter than `offlineAfter`, so that two nodes never run one task.",
  ),
  packageVersion: optional(
    Schema.String,
    "The version that nodes are to have; one with another leaves, to be started anew by its platform.",
  ),
  packages: optional(NonEmptyText, "A folder of packages, `<name>-<version>.zip`, that nodes may fetch."),
  address: optional(
    NonEmptyText,
    "The host that nodes are told to report to; the address that is listened on unless given.",
  ),
  nodes: withDefault(
    Schema.Array(KnownNode),
    [],
    "Nodes that are probed, so that they learn where to report and say how they fare, and to which changes are pushed.",
  ),
  probeInterval: withDefault(
    DurationValue,
    "10 seconds",
    "How often nodes are probed that are not online, or whose heartbeats do not say how they fare.",
  ),
}).check(
  Schema.makeFilter(
    ({ lateAfter, lease, offlineAfter }) =>
      Duration.isLessThan(lease, offlineAfter) && Duration.isLessThanOrEqualTo(lateAfter, offlineAfter),
    { expected: "`lease` below `offlineAfter`, and `lateAfter` not above it" },
  ),
)

export type ControlConfig = typeof ControlConfig.Type
