import { Clock, Effect, Layer } from "effect"
import { monitorEventLoopDelay, performance } from "node:perf_hooks"
import { type ProcessReading, ProcessStats } from "../../services/ProcessStats.ts"

const resolutionMillis = 20
const windowMillis = 5000

/** Node's histogram records the whole interval between two ticks of a timer: what exceeds the timer's own is the delay. */
const delaySeconds = (nanos: number): number =>
  Number.isFinite(nanos) && nanos > 0 ? Math.max(0, nanos / 1e6 - resolutionMillis) / 1000 : 0

/** The figures of this Node process, for as long as the scope is open. */
export const layer: Layer.Layer<ProcessStats> = Layer.effect(
  ProcessStats,
  Effect.gen(function* () {
    const delays = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const histogram = monitorEventLoopDelay({ resolution: resolutionMillis })
        histogram.enable()
        return histogram
      }),
      (histogram) => Effect.sync(() => histogram.disable()),
    )
    let began = yield* Clock.currentTimeMillis
    let utilization = performance.eventLoopUtilization()

    const read = Effect.map(Clock.currentTimeMillis, (now): ProcessReading => {
      const cpu = process.cpuUsage()
      const memory = process.memoryUsage()
      const reading: ProcessReading = {
        cpuSeconds: (cpu.user + cpu.system) / 1e6,
        residentBytes: memory.rss,
        heapBytes: memory.heapUsed,
        uptimeSeconds: process.uptime(),
        eventLoopDelay: {
          p50: delaySeconds(delays.percentile(50)),
          p99: delaySeconds(delays.percentile(99)),
          max: delaySeconds(delays.max),
        },
        eventLoopUtilization: performance.eventLoopUtilization(utilization).utilization,
      }
      if (now - began >= windowMillis) {
        began = now
        delays.reset()
        utilization = performance.eventLoopUtilization()
      }
      return reading
    })
    return ProcessStats.of({ read })
  }),
)
