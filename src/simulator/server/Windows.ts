/** At most `limit` events in any window of `millis`: strict, not a bucket that lets a burst and a refill add up. */
export interface RollingWindow {
  /** Counts an event at `now`; false when it is one too many. */
  readonly take: (now: number) => boolean
}

export const rollingWindow = (limit: number, millis: number): RollingWindow => {
  const times: Array<number> = []
  return {
    take: (now) => {
      while (times.length > 0 && times[0]! <= now - millis) times.shift()
      if (times.length >= limit) return false
      times.push(now)
      return true
    },
  }
}

export type Verdict =
  | { readonly type: "allowed"; readonly used: number }
  | { readonly type: "limited"; readonly used: number; readonly retryAfterSeconds: number }
  | { readonly type: "banned"; readonly until: number; readonly retryAfterSeconds: number }

/** REST weight of one address: a budget for each minute of the clock, or another time in its place, and a ban for who goes on after 429. */
export interface WeightBudget {
  readonly spend: (weight: number, now: number) => Verdict
}

const longestBan = 3 * 86_400_000

export const weightBudget = (limits: {
  readonly weightPerMinute: number
  readonly weightWindowMillis?: number
  readonly refusalsBeforeBan: number
  readonly banMillis: number
}): WeightBudget => {
  const window = limits.weightWindowMillis ?? 60_000
  let minute = -1
  let used = 0
  let refusals = 0
  let bannedUntil = 0
  let nextBan = limits.banMillis
  const seconds = (millis: number) => Math.max(1, Math.ceil(millis / 1000))
  const banned = (now: number): Verdict => ({
    type: "banned",
    until: bannedUntil,
    retryAfterSeconds: seconds(bannedUntil - now),
  })
  return {
    spend: (weight, now) => {
      if (now < bannedUntil) return banned(now)
      const current = Math.floor(now / window)
      if (current !== minute) {
        minute = current
        used = 0
        refusals = 0
      }
      used += weight
      if (used <= limits.weightPerMinute) return { type: "allowed", used }
      refusals++
      if (refusals <= limits.refusalsBeforeBan)
        return { type: "limited", used, retryAfterSeconds: seconds((current + 1) * window - now) }
      bannedUntil = now + nextBan
      nextBan = Math.min(nextBan * 2, longestBan)
      return banned(now)
    },
  }
}
