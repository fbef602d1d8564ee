import { counter, gauge } from "./MetricDefinition.ts"

/** The metrics of nodes and of their control plane, for the catalogue. */
export const nodeMetrics = {
  // Nodes under a control plane.
  heartbeats: counter(
    "node_heartbeats_total",
    ["outcome"],
    "Heartbeats tried: ok, error (each try that was not answered) or refused (answered, but not understood)",
  ),
  statusReports: counter(
    "node_status_reports_total",
    ["outcome"],
    "Reports on tasks to the control plane: ok, error (given up) or dropped (too many waited)",
  ),
  triggerEvents: counter(
    "trigger_events_total",
    ["trigger", "outcome"],
    "Events of triggers: what the plugin made of them, or that they could not be read",
  ),
  triggerMessages: counter(
    "trigger_messages_total",
    ["trigger", "outcome"],
    "Messages of a trigger's queue: acked, again (given back with a delay) or dead (given up, a dead letter)",
  ),

  dnsResolutions: counter(
    "dns_resolutions_total",
    ["outcome"],
    "Names looked up for `dns_proxy`: ok, plane (the control plane knew it) or error (nobody did)",
  ),
  dnsAddresses: gauge(
    "dns_addresses",
    ["state"],
    "Addresses of the names of `dns_proxy`, by whether they answered: available or unavailable",
  ),

  // A control plane.
  controlNodes: gauge("control_nodes", ["state"], "Nodes that were heard: online, late or offline"),
  controlInstances: gauge(
    "control_instances",
    ["state"],
    "Task instances: waiting (no node has it), given (its node has said nothing of it yet), done or failed (its node's last word)",
  ),
  controlMoves: counter(
    "control_moves_total",
    ["outcome"],
    "Instances that changed hands: given (nobody had it), moved (its node was gone) or stranded (its node was gone, and no other can run it)",
  ),
  controlLeaseExpiries: counter(
    "control_lease_expiries_total",
    [],
    "Nodes with tasks that were silent for so long that others were given their tasks",
  ),
  controlHeartbeats: counter(
    "control_heartbeats_total",
    ["outcome"],
    "Heartbeats and registrations: current (the node's list was right), list (it was sent its list) or refused (not understood)",
  ),
  controlReports: counter(
    "control_status_reports_total",
    ["outcome"],
    "Words of nodes on tasks: ok, fenced (of a node that does not run it), unknown (no such task) or refused (not understood)",
  ),
  controlCalls: counter(
    "control_calls_total",
    ["type", "outcome"],
    "Nodes called by the control plane, a probe or a push of a list: ok or error",
  ),
}
