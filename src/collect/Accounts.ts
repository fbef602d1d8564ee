import type { Accounts, SinkAccount } from "../../services/Collection.ts"
import type { Metrics } from "../../services/Metrics.ts"
import {
  addFlows,
  addFrames,
  addRecords,
  type Flow,
  frameAccount,
  framesBalance,
  recordAccount,
  recordsBalance,
} from "./venue/Flow.ts"
import type { VenueRuntime } from "./venue/VenueRuntime.ts"

const emptyFrames: Accounts["frames"] = { received: 0, decoded: 0, control: 0, rejected: {}, inFlight: 0 }
const emptyRecords: Accounts["records"] = {
  produced: 0,
  accepted: 0,
  duplicate: 0,
  filtered: {},
  dropped: {},
  inFlight: 0,
}

/** accepted since its cursor began = delivered + dead-lettered + dropped + waiting */
const sinkBalances = (sink: SinkAccount): boolean =>
  sink.accepted ===
  sink.delivered +
    sink.deadLettered +
    Object.values(sink.dropped).reduce((sum, count) => sum + count, 0) +
    sink.waiting

/** What became of every frame and record, of venues and of what was handed in (`handedIn`, by the name it is counted under). */
export const accountsOf = (
  metrics: Metrics["Service"],
  runtimes: ReadonlyMap<string, Pick<VenueRuntime, "flow">>,
  handedIn: ReadonlyMap<string, Flow>,
  sinks: ReadonlyArray<SinkAccount>,
): Accounts => {
  const each = [...new Set([...runtimes.keys(), ...handedIn.keys()])].map((name) => {
    const counted = metrics.venue(name)
    const flow = addFlows(runtimes.get(name)?.flow, handedIn.get(name))
    return { frames: frameAccount(counted, flow), records: recordAccount(counted, flow) }
  })
  return {
    frames: each.map(({ frames }) => frames).reduce(addFrames, emptyFrames),
    records: each.map(({ records }) => records).reduce(addRecords, emptyRecords),
    sinks,
    balanced:
      each.every(({ frames, records }) => framesBalance(frames) && recordsBalance(records)) &&
      sinks.every(sinkBalances),
  }
}
