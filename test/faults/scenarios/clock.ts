import { Effect } from "effect"
import { allLive, statusOf, type StatusView } from "../../support/instance.ts"
import { temporaryFolder } from "../../support/process.ts"
import {
  apiOf,
  judgeAccounts,
  restartsIn,
  settled,
  startCollector,
  statusWhen,
  stopCollector,
} from "../support/collector.ts"
import { makeFeed } from "../support/feed.ts"
import type { Goal, Run } from "../support/goal.ts"
import { judgeOracle } from "../support/judging.ts"
import { ask, probed } from "../support/probing.ts"

const hour = 3_600_000
const day = 24 * hour
const steps: ReadonlyArray<readonly [name: string, offsetMillis: number, driftMillisPerSecond: number]> = [
  ["an hour ahead", hour, 0],
  ["back", 0, 0],
  ["an hour behind", -hour, 0],
  ["a day ahead", day, 0],
  ["two days back, a day behind", -day, 0],
  ["drifting 1 ms a second", 0, 1],
  ["drifting back 1 ms a second", 0, -1],
]

const connectionsOf = (status: StatusView) => status.venues.flatMap(({ connections }) => connections)

/** What has waited for a clock that was set back would wait for as long. */
const soon = "1 minute"

/** Somebody sets the machine's clock while it collects. Each time a peer then goes silent, and must be found as ever. */
const clockSteps = Effect.fnUntraced(function* ({ dice, judge, progress, size }: Run) {
  const folder = yield* temporaryFolder
  const feed = yield* makeFeed({ seed: dice.int(1 << 30), symbols: 3, rate: 1000 })
  const program = yield* startCollector({
    folder,
    feed,
    // One order of all: what has no event time goes by the receive time, so that files would be those of other days.
    sinks: [{ name: "out", type: "stdout" }],
    connections: { heartbeatInterval: "3 seconds" },
    env: probed(folder),
  })
  const api = yield* apiOf(program)
  yield* statusWhen(api, "all is live", allLive)
  const before = yield* ask(program, folder)
  const requests = feed.venue.stats().requests
  const reconnectsIn = (status: StatusView) =>
    connectionsOf(status).reduce((sum, { reconnects }) => sum + reconnects, 0)
  const mostTimers = before.timers + 10
  /** What is being repaired has timers too, and is done a moment later: a storm stays. */
  const timersWith = Effect.fnUntraced(function* (also: Parameters<typeof ask>[2] = {}) {
    let { timers } = yield* ask(program, folder, also)
    for (let look = 0; look < 10 && timers > mostTimers; look++) {
      yield* Effect.sleep(1000)
      timers = (yield* ask(program, folder)).timers
    }
    return timers
  })
  let most = before.timers
  let found = 0
  for (const [name, offsetMillis, driftMillisPerSecond] of steps) {
    progress(`the clock is ${name}`)
    const accepted = (yield* statusOf(api)).accounts.records.accepted
    most = Math.max(most, yield* timersWith({ clock: { offsetMillis, driftMillisPerSecond } }))
    yield* Effect.sleep(size(30_000, 1500))
    const collects = (status: StatusView) => status.accounts.records.accepted > accepted + 500
    const collected = yield* Effect.exit(statusWhen(api, "it collects", collects, soon))
    judge.state(`it collects with the clock ${name}`, collected._tag === "Success")
    const quiet = yield* judgeAccounts(api, judge)
    judge.state(`nothing reconnects with the clock ${name}`, reconnectsIn(quiet) === found)
    found = reconnectsIn(quiet)
    const replaced = (status: StatusView) => allLive(status) && reconnectsIn(status) === found + 1
    yield* feed.simulator.inject("half-open@0s")
    const again = yield* Effect.exit(statusWhen(api, "the silent peer is replaced", replaced, soon))
    judge.state(`a silent peer is replaced with the clock ${name}`, again._tag === "Success")
    found = reconnectsIn(yield* statusOf(api))
  }
  most = Math.max(most, yield* timersWith())
  feed.silence()
  yield* settled(api)
  const status = yield* judgeAccounts(api, judge)
  judge.count("reconnects", reconnectsIn(status), { exactly: steps.length })
  const books = feed.venue.symbols.length
  const repairs = 40 * steps.length
  judge.count("REST requests meanwhile", feed.venue.stats().requests - requests, {
    atMost: books * steps.length + repairs,
  })
  judge.count("timers before", before.timers)
  judge.count("timers at most", most, { atMost: mostTimers })
  judge.count("actor restarts", restartsIn(status), { exactly: 0 })
  yield* stopCollector(program, judge)
  const oracle = feed.oracle()
  for (const line of program.stdout().split("\n")) if (line !== "") oracle.take(line)
  judgeOracle(judge, oracle.judge({ whole: true }), { named: {}, pending: {} })
})

export const clock: Goal = { id: "R9", name: "R9 clock steps", run: clockSteps }
