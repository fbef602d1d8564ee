/** What is to happen later on the simulator's clock: late handshakes, late answers. */
export interface Deferrals {
  /** At once where there is nothing to wait for. */
  readonly after: (millis: number, action: () => void) => void
  /** Does what is due: to be called often. */
  readonly tick: () => void
}

export const makeDeferrals = (now: () => number): Deferrals => {
  let waiting: Array<readonly [due: number, action: () => void]> = []
  return {
    after: (millis, action) => {
      if (millis <= 0) action()
      else waiting.push([now() + millis, action])
    },
    tick: () => {
      if (waiting.length === 0) return
      const time = now()
      const due = waiting.filter(([when]) => when <= time)
      waiting = waiting.filter(([when]) => when > time)
      for (const [, action] of due) action()
    },
  }
}
