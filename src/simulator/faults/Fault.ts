import { Schema } from "effect"
import { venueNames } from "../venues/index.ts"
import { garbageKinds } from "./Garbage.ts"

const Count = Schema.Int.check(Schema.isGreaterThan(0))
const Millis = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Span = Schema.Finite.check(Schema.isGreaterThan(0))
const Status = Schema.Int.check(Schema.isBetween({ minimum: 400, maximum: 599 }))
const Door = Schema.optionalKey(Schema.Literals(["handshake", "rest", "all"]))

/** What every fault may say about where and when it strikes. Times are milliseconds of the market's time. */
const common = {
  venue: Schema.optionalKey(Schema.Literals(venueNames)),
  /**
   * A stream's name in which `*` stands for any text: only messages of such streams, only connections that hold one.
   * A REST request counts as `btcusdt@depth`: its symbol and its endpoint.
   */
  stream: Schema.optionalKey(Schema.NonEmptyString),
  /** Only the venue's nth connection; of faults at the door, the nth handshake. */
  connection: Schema.optionalKey(Count),
  /** So long after the simulator's start, or after the fault was injected. */
  atMillis: Schema.optionalKey(Millis),
  /** So long after a connection opened, for each connection anew. */
  ageMillis: Schema.optionalKey(Millis),
  /** At every nth message of a connection, handshake, request, subscription. */
  every: Schema.optionalKey(Count),
  /** Again and again, with so long between two beginnings. */
  everyMillis: Schema.optionalKey(Span),
  /** How long it lasts each time. */
  forMillis: Schema.optionalKey(Span),
  /** It strikes no more often. */
  times: Schema.optionalKey(Count),
  /** Of each time that it could strike. The seed decides. */
  probability: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))),
}

const fault = <const Kind extends string, const Argument extends Schema.Struct.Fields>(
  kind: Kind,
  argument: Argument,
) => Schema.Struct({ kind: Schema.Literal(kind), ...argument, ...common })

/** One line of a schedule: what goes wrong, where, when, how often. docs/SIMULATOR.md describes each kind. */
export const Fault = Schema.Union([
  fault("disconnect", {
    code: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1000, maximum: 4999 }))),
  }),
  fault("reset", {}),
  fault("torn", {}),
  fault("life", { lifeMillis: Schema.optionalKey(Span) }),
  fault("shutdown", { noticeMillis: Schema.optionalKey(Millis) }),
  fault("stall", { messages: Schema.optionalKey(Schema.Literals(["lost", "late"])) }),
  fault("half-open", {}),
  fault("slow", { bytesPerSecond: Schema.optionalKey(Count) }),
  fault("drop", { messages: Schema.optionalKey(Count) }),
  fault("duplicate", { copies: Schema.optionalKey(Count) }),
  fault("reorder", { messages: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(1))) }),
  fault("malformed", { garbage: Schema.optionalKey(Schema.Literals(garbageKinds)) }),
  fault("garbage", { garbage: Schema.optionalKey(Schema.Literals(garbageKinds)) }),
  fault("checksum", {}),
  fault("oversize", { bytes: Schema.optionalKey(Count) }),
  fault("skew", { byMillis: Schema.optionalKey(Schema.Finite) }),
  fault("ack-only", {}),
  fault("sequence-reset", {}),
  fault("stale", { oldMillis: Schema.optionalKey(Span) }),
  fault("refuse", { answer: Schema.optionalKey(Schema.Union([Status, Schema.Literal("reset")])), on: Door }),
  fault("late", { delayMillis: Schema.optionalKey(Span), on: Door }),
  fault("429", { retryAfterMillis: Schema.optionalKey(Span), on: Door }),
  fault("418", { retryAfterMillis: Schema.optionalKey(Span), on: Door }),
])
export type Fault = typeof Fault.Type
export type FaultKind = Fault["kind"]

export const FaultSchedule = Schema.Array(Fault)
export type FaultSchedule = typeof FaultSchedule.Type
