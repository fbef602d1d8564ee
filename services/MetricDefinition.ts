/** What a metric is. A name is `millrace_<name>_<unit>[_total]`; tags come from one closed list. */
export const metricTags = [
  "venue",
  "type",
  "channel",
  "cause",
  "reason",
  "stage",
  "outcome",
  "state",
  "sink",
  "trigger",
  "cursor",
  "actor",
  "mailbox",
  "signal",
  "route",
  "status",
  "task",
  "quantile",
] as const

export type MetricTag = (typeof metricTags)[number]

export type MetricKind = "counter" | "gauge" | "histogram"

export interface MetricDefinition<Tag extends MetricTag = MetricTag> {
  readonly name: string
  readonly kind: MetricKind
  readonly tags: ReadonlyArray<Tag>
  readonly help: string
}

const define =
  (kind: MetricKind) =>
  <const Tag extends MetricTag = never>(
    name: string,
    tags: ReadonlyArray<Tag>,
    help: string,
  ): MetricDefinition<Tag> => ({ name: `millrace_${name}`, kind, tags, help })

export const counter = define("counter")
export const gauge = define("gauge")
export const histogram = define("histogram")
