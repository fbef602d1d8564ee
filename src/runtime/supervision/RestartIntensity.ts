/** More than `max` restarts within this many milliseconds are too many. */
export interface RestartLimit {
  readonly max: number
  readonly withinMillis: number
}

/**
 * Counts the restarts of one supervisor, as OTP does: a restart exactly `within` ago still counts. Memory is bounded
 * by `max`.
 */
export const make = (limit: RestartLimit) => {
  const times: Array<number> = []
  return {
    /** Notes a restart. `false`: it is one too many. */
    admits: (now: number): boolean => {
      while (times.length > 0 && times[0]! < now - limit.withinMillis) times.shift()
      times.push(now)
      return times.length <= limit.max
    },
  }
}

export type RestartIntensity = ReturnType<typeof make>
