/**
 * `millrace`: a market-data collector inside another program. In an Effect application it is a layer, `Millrace.layer`;
 * in any other Node program `collect` starts one. See docs/EMBEDDING.md and docs/RECORDS.md.
 *
 * Beside it: `millrace/runtime`, the actors alone; `millrace/simulator`, an exchange for tests;
 * `millrace/opentelemetry`, for hosts with an OpenTelemetry SDK.
 */

// As a layer of an Effect application
export * as Millrace from "./app/Millrace.ts"
export { Collector } from "./app/Collector.ts"
export { makeSink, type OwnSinkOptions } from "./app/OwnSink.ts"
export * as MemorySink from "../layers/sink/Memory.ts"

// A node under a control plane, with a plugin of the application
export * as MillraceNode from "./app/EmbeddedNode.ts"
export * as NativePlugin from "../layers/plugin/Native.ts"

// In a program without Effect
export { collect, type CollectOptions } from "./app/Collect.ts"
export type { CloseReport, CollectorStatus, RunningCollector } from "./app/RunningCollector.ts"

// Configuration
export { AppConfig } from "./config/AppConfig.ts"
export { ConfigError } from "./config/ConfigError.ts"
export type { ConfigInput, MillraceConfig } from "./config/Sections.ts"

// Records
export { decodeRecord, MarketRecord, parseRecord, RecordError, recordOf } from "./domain/Record.ts"
export type { RecordInput, RecordOf } from "./domain/Record.ts"
export * from "./domain/RecordSchemas.ts"
export { type DecimalLevel, decimals, type DecimalsOf } from "./domain/RecordDecimals.ts"
export { Decimal } from "./domain/Decimal.ts"
export { recordJsonSchema } from "./domain/RecordJsonSchema.ts"
export { type KlineInterval, type RecordType, recordTypes } from "./domain/DataType.ts"

// What sinks are given
export { type Envelope, payloadOf, recordSchemaVersion } from "./domain/Envelope.ts"
export { kept } from "./domain/WrittenRecord.ts"
export { recordId, type Stream } from "./domain/Stream.ts"
export type { Instrument, Market } from "./domain/Instrument.ts"
export type { SinkEntry } from "./collect/sinks/Sinks.ts"

// Ports
export * from "../services/Collection.ts"
export {
  DeadLetters,
  DeadLettersError,
  type DeadLettersStatus,
  type Letter,
  type LetterPage,
  type LetterQuery,
} from "../services/DeadLetters.ts"
export * from "../services/Journal.ts"
export * from "../services/Plugin.ts"
export * from "../services/RecordIntake.ts"
export * from "../services/Sink.ts"
export { VenueRequests } from "../services/VenueRequests.ts"
export { type TaskChange, type TaskPatch, TaskRefused, Tasks } from "../services/Tasks.ts"
export { type TaskFilter, TaskStoreError, type TaskVersion } from "../services/TaskStore.ts"
export { type DoorAnswer, TaskDoor } from "../services/TaskDoor.ts"
export type { Task, TaskOrigin, TaskSchedule, TaskSpec, TaskState, TaskStatistics } from "./domain/Task.ts"
export { Tap, type TapBatch, type TapFilter } from "../services/Tap.ts"
export { Metrics } from "../services/Metrics.ts"
export { Secrets, SecretError, type SecretReference } from "../services/Secrets.ts"
export { Environment } from "../services/Environment.ts"

// Actors, as `Millrace.layer` provides them
export { Actors, type ActorSnapshot, type ActorState } from "./runtime/index.ts"
