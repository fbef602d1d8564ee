import { Clock, Duration, Effect, type LogLevel } from "effect"

/** A log for what may happen thousands of times a second: once per key and interval, with the number of those it stands for. */
export interface RateLimitedLog {
  /**
   * Logs unless the same key was logged within the interval. `describe` is called only when it is: the message and
   * its annotations. A line after suppressed ones carries their number as `suppressed`.
   */
  readonly log: (
    level: LogLevel.Severity,
    key: string,
    describe: () => readonly [message: string, annotations?: Readonly<Record<string, unknown>>],
  ) => Effect.Effect<void>
  /** Not said so far, over all keys that are still remembered. */
  readonly suppressed: () => number
}

export interface RateLimitedLogOptions {
  /** One minute unless given. */
  readonly interval?: Duration.Input
  /** Keys remembered, 1000 unless given; beyond them the one logged longest ago is forgotten. */
  readonly maxKeys?: number
}

interface Entry {
  loggedAt: number
  suppressed: number
}

export const make = (options: RateLimitedLogOptions = {}): RateLimitedLog => {
  const intervalMillis = Duration.toMillis(Duration.fromInputUnsafe(options.interval ?? "1 minute"))
  const maxKeys = options.maxKeys ?? 1000
  const entries = new Map<string, Entry>()

  const log: RateLimitedLog["log"] = (level, key, describe) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const entry = entries.get(key)
      if (entry !== undefined && now - entry.loggedAt < intervalMillis && now >= entry.loggedAt) {
        entry.suppressed++
        return Effect.void
      }
      const suppressed = entry?.suppressed ?? 0
      entries.delete(key)
      entries.set(key, { loggedAt: now, suppressed: 0 })
      if (entries.size > maxKeys) entries.delete(entries.keys().next().value!)
      const [message, annotations] = describe()
      const line = Effect.logWithLevel(level)(message)
      return Effect.annotateLogs(line, suppressed > 0 ? { ...annotations, suppressed } : { ...annotations })
    })

  return {
    log,
    suppressed: () => {
      let total = 0
      for (const entry of entries.values()) total += entry.suppressed
      return total
    },
  }
}

/** Characters that would break a line or a terminal. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

/** The start of a message for a log line: at most `limit` bytes, in one line, with its full length when it is cut. */
export const startOf = (bytes: Uint8Array, limit = 200): string => {
  const text = new TextDecoder().decode(bytes.subarray(0, limit))
  const shown = text.replace(unprintable, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`)
  return bytes.length > limit ? `${shown}… (${bytes.length} bytes)` : shown
}
