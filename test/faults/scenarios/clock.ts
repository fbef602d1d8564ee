import { Effect } from "effect"
import { allLive, statusOf, statusWhen, type StatusView } from "../../support/instance.ts"
import { temporaryFolder } from "../../support/process.ts"
import { judgeAccounts, restartsIn, settled, startCollector, stopCollector } from "../support/collector.ts"
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

/** Somebody sets the machine's clock while it collects. */
const clockSteps = Effect.fnUntraced(function* ({ dice, judge, progress, size }: Run) {
  const folder = yield* temporaryFolder
  const feed = yield* makeFeed({ seed: dice.int(1 << 30), symbols: 3, rate: 1000 })
  const program = yield* startCollector({
    folder,
    feed,
    // One order of all: what has no event time goes by the receive time, so that files would be those of other days.
    sinks: [{ name: "out", type: "stdout" }],
    connections: { heartbeatInterval: "2 seconds" },
    env: probed(folder),
  })
  const api = yield* program.api
  yield* statusWhen(api, "all is live", allLive)
  const before = yield* ask(program, folder)
  const requests = feed.venue.stats().requests
  let most = before.timers
  for (const [name, offsetMillis, driftMillisPerSecond] of steps) {
    progress(`the clock is ${name}`)
    const accepted = (yield* statusOf(api)).accounts.records.accepted
    const { timers } = yield* ask(program, folder, { offsetMillis, driftMillisPerSecond })
    most = Math.max(most, timers)
    yield* Effect.sleep(size(30_000, 1500))
    const status = yield* judgeAccounts(api, judge)
    judge.state(`it collects with the clock ${name}`, status.accounts.records.accepted > accepted + 500)
    judge.state(`it is ready with the clock ${name}`, status.ready, status.reasons.join("; "))
  }
  most = Math.max(most, (yield* ask(program, folder)).timers)
  feed.silence()
  const status = yield* settled(api)
  const connections = connectionsOf(status)
  judge.count(
    "reconnects",
    connections.reduce((sum, { reconnects }) => sum + reconnects, 0),
    { exactly: 0 },
  )
  judge.count(
    "failures",
    connections.reduce((sum, { failures }) => sum + failures, 0),
    { exactly: 0 },
  )
  judge.count("REST requests meanwhile", feed.venue.stats().requests - requests, { exactly: 0 })
  judge.count("timers before", before.timers)
  judge.count("timers at most", most, { atMost: before.timers + 10 })
  judge.count("actor restarts", restartsIn(status), { exactly: 0 })
  yield* stopCollector(program, judge)
  const oracle = feed.oracle()
  for (const line of program.stdout().split("\n")) if (line !== "") oracle.take(line)
  const found = oracle.judge({ whole: true })
  judge.count("gaps named", found.gaps, { exactly: 0 })
  judgeOracle(judge, found)
})

export const clock: Goal = { id: "R9", name: "R9 clock steps", run: clockSteps }
