import { Effect } from "effect"
import type { VenueMetrics } from "../../../services/Metrics.ts"
import * as Mailbox from "../../runtime/Mailbox.ts"
import { type Parsed, parsedOptions } from "../Inlet.ts"
import type { Flow } from "../venue/Flow.ts"
import { givingWay } from "./GivingWay.ts"
import { type GivesWay, makeOverload } from "./Overload.ts"

/** The mailbox between a venue's decoder and its streams, of so many bytes; where something gives way, it makes room by that. */
export const makeParsedMailbox = (options: {
  readonly givesWay: GivesWay | undefined
  readonly bytes: number
  readonly flow: Flow
  readonly metrics: VenueMetrics
}) =>
  Effect.suspend(() => {
    const { bytes, flow, givesWay, metrics } = options
    const plain = parsedOptions(bytes)
    if (givesWay === undefined) return Mailbox.make<Parsed>(plain)
    const overload = makeOverload(givesWay, bytes, (dropped) => {
      flow.parsed -= dropped
      metrics.recordsDropped("overflow").add(dropped)
    })
    const { makeRoom } = overload
    return Effect.map(Mailbox.make<Parsed>({ ...plain, makeRoom }), (mailbox) => givingWay(mailbox, overload))
  })
