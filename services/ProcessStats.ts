import { Context, type Effect } from "effect"

/** What this process uses. */
export interface ProcessReading {
  /** User and system time since the start. */
  readonly cpuSeconds: number
  readonly residentBytes: number
  readonly heapBytes: number
  readonly uptimeSeconds: number
  /** How late timers fired in the current window, in seconds. */
  readonly eventLoopDelay: { readonly p50: number; readonly p99: number; readonly max: number }
  /** Share of the current window in which the event loop was busy, 0 … 1. */
  readonly eventLoopUtilization: number
}

/** Reads the process's own figures. Windows begin anew with a reading that comes five seconds or more after the last start of one. */
export class ProcessStats extends Context.Service<
  ProcessStats,
  { readonly read: Effect.Effect<ProcessReading> }
>()("millrace/services/ProcessStats") {}
