import type { Protocol, VenueName } from "../venues/Protocol.ts"
import { protocols, venueNames } from "../venues/index.ts"
import type { Fault, FaultKind } from "./Fault.ts"

/** What a venue has to have for a fault, and what is to be said where it has not. */
const needs: Readonly<
  Partial<Record<FaultKind, readonly [has: (protocol: Protocol) => boolean, without: string]>>
> = {
  shutdown: [({ closing }) => closing !== undefined, "does not say that it will close a connection"],
  checksum: [({ anatomy }) => anatomy.checksum !== undefined, "sends no checksum of its books"],
  "sequence-reset": [({ numbering }) => numbering !== undefined, "counts nothing that could begin anew"],
}

/** Why a fault can strike none of these venues, and which could have it; `undefined` where it can. */
export const venueObjection = (fault: Fault, venues: ReadonlyArray<VenueName>): string | undefined => {
  const needed = needs[fault.kind]
  if (needed === undefined) return undefined
  const [has, without] = needed
  const asked = fault.venue === undefined ? venues : [fault.venue]
  if (asked.some((venue) => has(protocols.get(venue)!))) return undefined
  const others = venueNames.filter((venue) => has(protocols.get(venue)!))
  return `${fault.kind} is no fault of ${asked.join(", ")}, which ${without}; it is one of ${others.join(", ")}`
}
