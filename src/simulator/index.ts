/**
 * `millrace/simulator`: an exchange for tests. Real WebSocket and REST servers on loopback that speak the protocols of
 * every venue over a market that is a function of seed, symbol and time.
 */
export type { AggregateTrade, Market, Trade } from "./market/Market.ts"
export type { Bar, Bars } from "./market/Bars.ts"
export type { Book, Level, Levels } from "./market/Book.ts"
export type { Day, SymbolMarket } from "./market/SymbolMarket.ts"
export { symbolsOf } from "./market/Listing.ts"
export { Fault, type FaultKind, FaultSchedule } from "./faults/Fault.ts"
export type { FaultFilter, InjectedFault } from "./faults/FaultLog.ts"
export { FaultSyntaxError, formatFault, parseFaults } from "./faults/FaultText.ts"
export { type GarbageKind, garbageKinds } from "./faults/Garbage.ts"
export type {
  Arrival,
  Delivery,
  Interference,
  RestReply,
  RestTreatment,
  Victim,
  Welcome,
} from "./server/Interference.ts"
export type { Sent, SentFilter } from "./server/SentLog.ts"
export type { SlowReader } from "./server/Session.ts"
export { SimulatorError } from "./server/SimulatorError.ts"
export { makeSimulator, type SimulatedVenue, Simulator, type VenueStats } from "./Simulator.ts"
export type { SimulatorOptions } from "./SimulatorOptions.ts"
export { simulate } from "./simulate.ts"
export { listedPair, venueNames } from "./venues/index.ts"
export type { Limits, VenueName } from "./venues/Protocol.ts"
