import { counter, gauge, histogram, type MetricDefinition } from "./MetricDefinition.ts"
import { nodeMetrics } from "./NodeMetrics.ts"

export { type MetricDefinition, type MetricKind, type MetricTag, metricTags } from "./MetricDefinition.ts"

/**
 * Every metric of Millrace, in one table: docs/METRICS.md says the same for people, and a test holds the two and a
 * scrape together. A name is `millrace_<name>_<unit>[_total]`; tags come from one closed list.
 */
export const catalog = {
  // Frames: received = decoded + control + rejected + in flight.
  framesReceived: counter("frames_received_total", ["venue"], "Frames read from sockets"),
  bytesReceived: counter("received_bytes_total", ["venue"], "Bytes of the frames read from sockets"),
  framesDecoded: counter(
    "frames_decoded_total",
    ["venue"],
    "Frames that held records, or data nobody asked for",
  ),
  framesControl: counter(
    "frames_control_total",
    ["venue"],
    "Acknowledgements, pings and notices of the venue",
  ),
  framesRejected: counter("frames_rejected_total", ["venue", "reason"], "Frames that no decoder could use"),

  // Records: produced = accepted + duplicate + filtered + dropped + in flight.
  recordsProduced: counter(
    "records_produced_total",
    ["venue", "type"],
    "Records decoded, fetched or made (gaps)",
  ),
  recordsAccepted: counter("records_accepted_total", ["venue"], "Records that the journal has accepted"),
  recordsDuplicate: counter("records_duplicate_total", ["venue"], "Records that had come before"),
  recordsFiltered: counter("records_filtered_total", ["venue", "reason"], "Records left out by design"),
  recordsDropped: counter(
    "records_dropped_total",
    ["venue", "reason"],
    "Records lost; each episode makes a gap record",
  ),
  gaps: counter("gaps_total", ["venue", "channel", "cause"], "Gaps opened"),
  streams: gauge("streams", ["venue", "state"], "Streams by state"),

  // Connections.
  connectionsActive: gauge("connections_active", ["venue"], "Open sockets"),
  connectionsOpened: counter("connections_opened_total", ["venue"], "Sockets opened, reconnects included"),
  connectionFailures: counter(
    "connection_failures_total",
    ["venue", "reason"],
    "Sockets that failed to open or broke",
  ),
  reconnects: counter("reconnects_total", ["venue"], "Sockets opened in place of one that had ended"),
  connectionRotations: counter(
    "connection_rotations_total",
    ["venue", "outcome"],
    "Moves to a new socket while the old one still delivered: moved, or failed and tried again",
  ),
  streamProbes: counter(
    "stream_probes_total",
    ["venue", "outcome"],
    "Silent streams that REST was asked about: quiet, dead, late (it came meanwhile) or unknown",
  ),
  streamRenewals: counter(
    "stream_renewals_total",
    ["venue"],
    "Streams that were found dead and subscribed anew",
  ),
  socketPauses: counter(
    "socket_pauses_total",
    ["venue"],
    "Times a socket was paused: this machine could not keep up",
  ),
  socketPaused: counter("socket_paused_seconds_total", ["venue"], "Seconds that sockets were paused"),
  subscribeAcks: counter("subscribe_acks_total", ["venue"], "Subscribe messages acknowledged"),
  subscribeRefusals: counter("subscribe_refusals_total", ["venue"], "Subscribe messages refused"),
  restRequests: counter("rest_requests_total", ["venue", "outcome"], "REST requests by outcome"),
  restWeightUsed: gauge("rest_weight_used", ["venue"], "REST weight used in the current window"),
  restWeightLimit: gauge("rest_weight_limit", ["venue"], "REST weight allowed in a window"),

  // Journal.
  journalAccepted: counter("journal_accepted_total", [], "Envelopes accepted since the first one ever"),
  journalBytes: gauge("journal_size_bytes", [], "Bytes that the journal holds"),
  journalCapacity: gauge("journal_capacity_bytes", [], "Bytes that the journal may hold"),
  journalDamage: counter(
    "journal_damage_total",
    ["reason"],
    "Places of the journal's files that were not as they should be, when it was opened or read",
  ),
  journalLost: counter("journal_lost_records_total", [], "Accepted records that the journal's disk has lost"),
  journalLag: gauge("journal_cursor_lag_records", ["cursor"], "Accepted and not yet delivered, by cursor"),
  journalLagBytes: gauge("journal_cursor_lag_bytes", ["cursor"], "The same in bytes"),

  // Dead letters.
  deadLetters: counter(
    "dead_letters_total",
    ["stage", "reason"],
    "Frames that no decoder could use, objects that are no records and records that a sink refused, kept with their bytes",
  ),
  deadLettersLost: counter(
    "dead_letters_lost_total",
    ["cause"],
    "Letters that could not be kept: they came faster than the disk took them, or at the stop it took none",
  ),
  deadLettersEvicted: counter(
    "dead_letters_evicted_total",
    [],
    "Letters that gave way to newer ones, or to time",
  ),
  deadLettersHeld: gauge("dead_letters", [], "Letters in the store"),
  deadLettersSize: gauge("dead_letters_size_bytes", [], "Bytes that they take"),

  // The history of continuity.
  continuitySize: gauge("continuity_history_size_bytes", [], "Bytes that the history of continuity takes"),
  continuityLost: counter(
    "continuity_history_lost_total",
    ["cause"],
    "Counts and states of gaps that could not be written for so long that they gave way",
  ),

  // Sinks: accepted since the cursor began = delivered + dead-lettered + dropped + waiting.
  sinkDelivered: counter(
    "sink_delivered_total",
    ["sink"],
    "Records delivered: written and flushed, or acknowledged",
  ),
  sinkBatches: counter("sink_batches_total", ["sink"], "Batches delivered"),
  sinkBytes: counter("sink_delivered_bytes_total", ["sink"], "Bytes of the payloads delivered"),
  sinkDeadLettered: counter("sink_dead_lettered_total", ["sink"], "Records put aside as undeliverable"),
  sinkDropped: counter("sink_dropped_total", ["sink", "reason"], "Records the sink gave up by policy"),
  sinkErrors: counter("sink_errors_total", ["sink", "reason"], "Failures to open or to deliver"),
  sinkRetries: counter("sink_retries_total", ["sink"], "Times the sink was opened again from its cursor"),
  sinkWaiting: gauge("sink_waiting_records", ["sink"], "Accepted and not yet delivered, by sink"),
  sinkState: gauge("sink_state", ["sink", "state"], "1 for the state that the sink is in, 0 for the others"),
  sinkLatency: histogram(
    "sink_latency_seconds",
    ["sink"],
    "From leaving the socket to being delivered by the sink; replayed records are not timed",
  ),
  producerReplacements: counter(
    "kafka_producer_replacements_total",
    ["sink"],
    "Producers replaced by the watchdog because they made no progress",
  ),

  ...nodeMetrics,

  // Actors.
  actors: gauge("actors", ["state"], "Actors by state"),
  actorRestarts: counter("actor_restarts_total", ["actor"], "Restarts of an actor after a crash"),
  mailboxItems: gauge("mailbox_items", ["actor", "mailbox"], "Messages waiting"),
  mailboxBytes: gauge("mailbox_size_bytes", ["actor", "mailbox"], "Bytes waiting"),
  mailboxCapacityItems: gauge("mailbox_capacity_items", ["actor", "mailbox"], "Messages that it may hold"),
  mailboxCapacityBytes: gauge("mailbox_capacity_bytes", ["actor", "mailbox"], "Bytes that it may hold"),
  mailboxDropped: counter(
    "mailbox_dropped_total",
    ["actor", "mailbox"],
    "Messages dropped or replaced by policy",
  ),

  // Tasks on demand.
  tasks: gauge("tasks", ["state"], "Tasks in the table, by state"),
  taskRuns: counter(
    "task_runs_total",
    ["outcome"],
    "Runs of tasks that have ended, by outcome; interrupted ones go on later",
  ),
  taskResults: counter(
    "task_results_total",
    ["task", "outcome"],
    "What one task came to, by its runs or a plugin's word: completed, partial or failed",
  ),
  taskRecords: counter(
    "task_records_total",
    ["task"],
    "Records accepted that runs of one task, or a plugin for it, brought",
  ),
  taskRetries: counter("task_retries_total", [], "Runs begun anew because the one before had failed"),
  taskRunTime: histogram("task_run_seconds", [], "How long runs took that ended by themselves"),
  taskLag: histogram(
    "task_lag_seconds",
    [],
    "From the time a run was due to its beginning: waiting for its turn included",
  ),
  taskEvents: counter(
    "task_events_total",
    ["type", "outcome"],
    "Events that came through a door, by what they asked for: ok, refused or error",
  ),
  taskEventTime: histogram("task_event_seconds", [], "How long events took until they were answered"),

  // The process, its telemetry and its API.
  processCpu: counter("process_cpu_seconds_total", [], "CPU time used, user and system"),
  processMemory: gauge("process_resident_bytes", [], "Resident memory"),
  processHeap: gauge("process_heap_bytes", [], "JavaScript heap in use"),
  processUptime: gauge("process_uptime_seconds", [], "Time since the process started"),
  eventLoopDelay: gauge(
    "event_loop_delay_seconds",
    ["quantile"],
    "How late timers fire, over five seconds or the time since the last scrape",
  ),
  eventLoopUse: gauge(
    "event_loop_utilization_ratio",
    [],
    "Share of that time in which the event loop was busy",
  ),
  logServiceSent: counter("log_service_sent_total", [], "Log lines that the log service has taken"),
  logServiceDropped: counter(
    "log_service_dropped_total",
    ["reason"],
    "Log lines that it did not get: full (too many waited), refused, unreachable (given up) or stop (left at the end)",
  ),
  exportFailures: counter(
    "telemetry_export_failures_total",
    ["signal"],
    "OTLP exports that failed; collection is not touched",
  ),
  scrapeFailures: counter(
    "scrape_failures_total",
    ["reason"],
    "Parts of a scrape that did not answer in time and kept their last values",
  ),
  tapDropped: counter("tap_dropped_total", [], "Records that a listener of the API was too slow to take"),
  apiRequests: counter(
    "api_requests_total",
    ["route", "status"],
    "HTTP requests answered, by route and class of status",
  ),
} as const

export const definitions: ReadonlyArray<MetricDefinition> = Object.values(catalog)

/**
 * Limits of the latency histogram, in seconds. Whoever asks it for a quantile draws a straight line through a bucket:
 * where sinks linger, from 5 to 250 ms, they are close enough for that to be true within a fraction of it.
 */
export const latencyLimits = [
  0.0005, 0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2, 0.25,
  0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600,
] as const
