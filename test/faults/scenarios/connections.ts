import { Effect } from "effect"
import { join } from "node:path"
import { allLive, statusOf, type StatusView } from "../../support/instance.ts"
import { temporaryFolder } from "../../support/process.ts"
import {
  apiOf,
  eachGoesOn,
  eachRecordLine,
  judgeAccounts,
  repaired,
  restartsIn,
  settled,
  startCollector,
  statusWhen,
  stopCollector,
} from "../support/collector.ts"
import { makeFeed } from "../support/feed.ts"
import type { Goal, Run } from "../support/goal.ts"
import { judgeOracle } from "../support/judging.ts"

/** Handshakes that Binance takes in five minutes. */
const handshakes = 300
const window = 5 * 60

const connectionsOf = (status: StatusView) => status.venues.flatMap(({ connections }) => connections)

/** A stream of trades on each of so many connections. */
const setUp = Effect.fnUntraced(function* (
  { dice, progress }: Run,
  count: number,
  heartbeatSeconds: number,
  connections: object = {},
) {
  const folder = yield* temporaryFolder
  const feed = yield* makeFeed({ seed: dice.int(1 << 30), symbols: count, rate: Math.max(500, count * 40) })
  const program = yield* startCollector({
    folder,
    feed,
    dataTypes: ["trade"],
    connections: {
      max: count + 1,
      streamsPerConnection: 1,
      heartbeatInterval: `${heartbeatSeconds} seconds`,
      ...connections,
    },
    sinks: [{ name: "files", type: "files", path: "records" }],
  })
  const api = yield* apiOf(program)
  const allUp = (status: StatusView) =>
    allLive(status) && connectionsOf(status).every(({ state }) => state === "open")
  yield* statusWhen(api, "all are connected", allUp, "3 minutes")
  progress(`${count} connections are open`)
  if (2 * count > handshakes) {
    progress(`the venue takes ${handshakes} handshakes in ${window} s: waiting for the next`)
    yield* Effect.sleep(window * 1000)
  }
  return { folder, feed, program, api, allUp }
})

type Installation = Effect.Success<ReturnType<typeof setUp>>

const finish = Effect.fnUntraced(function* ({ judge }: Run, { api, feed, folder, program }: Installation) {
  yield* eachGoesOn(api)
  // Two hundred repairs at once take two minutes of half of the venue's weight.
  yield* repaired(api)
  feed.silence()
  yield* settled(api)
  const status = yield* judgeAccounts(api, judge)
  judge.count("actor restarts", restartsIn(status), { exactly: 0 })
  yield* stopCollector(program, judge)
  const oracle = feed.oracle()
  eachRecordLine(join(folder, "records"), oracle.take)
  judgeOracle(judge, oracle.judge({ whole: true }))
})

const dropped = Effect.fnUntraced(function* (run: Run) {
  const { judge, size } = run
  const sockets = size(200, 20)
  // A tenth of jitter either way: of less than seconds a machine that has more to do sees nothing.
  const installation = yield* setUp(run, sockets, 30, { reconnectDelay: "2 seconds" })
  const { allUp, api, feed } = installation
  const before = feed.arrivals.length
  const began = performance.now()
  yield* feed.simulator.inject("reset@0s")
  const again = yield* statusWhen(
    api,
    "all are connected again",
    (status) => allUp(status) && connectionsOf(status).every(({ reconnects }) => reconnects === 1),
    "2 minutes",
  )
  const seconds = (performance.now() - began) / 1000
  const arrivals = feed.arrivals.slice(before).map((at) => at - began)
  const spread = Math.max(...arrivals) - Math.min(...arrivals)
  judge.count("sockets", sockets)
  judge.count("reconnects", connectionsOf(again).length, { exactly: sockets })
  judge.count("handshakes refused", feed.venue.stats().refusals, { exactly: 0 })
  judge.count("handshakes", arrivals.length, { exactly: sockets })
  judge.time("all up again, s", seconds, { atMost: 60 })
  judge.state("they do not come back all at once", spread > 100, `within ${Math.round(spread)} ms`)
  yield* finish(run, installation)
})

/** Breaks some connections without a word; each must be replaced soon, and none of the others. */
const silent = (fault: string) =>
  Effect.fnUntraced(function* (run: Run) {
    const { dice, judge, scale, size } = run
    const stalls = size(100, 10)
    const sockets = Math.ceil(stalls * 1.3)
    const heartbeat = scale === 1 ? 5 : 4
    const installation = yield* setUp(run, sockets, heartbeat)
    const { api, feed } = installation
    const ids = Array.from({ length: sockets }, (_, index) => index + 1)
    for (let left = ids.length; left > 1; left--) {
      const other = dice.int(left)
      ;[ids[left - 1], ids[other]] = [ids[other]!, ids[left - 1]!]
    }
    const began = performance.now()
    yield* feed.simulator.inject(
      ids
        .slice(0, stalls)
        .map((id) => `${fault}@0s/connection=${id}`)
        .join(","),
    )
    const replaced = (status: StatusView) =>
      connectionsOf(status).reduce((sum, { reconnects }) => sum + reconnects, 0)
    yield* statusWhen(api, "all of them are replaced", (status) => replaced(status) >= stalls, "2 minutes")
    const seconds = (performance.now() - began) / 1000
    yield* statusWhen(api, "all is live again", allLive, "2 minutes")
    // Whatever was to be taken for dead is found by now.
    yield* Effect.sleep(2 * heartbeat * 1000)
    judge.count("silent", stalls)
    judge.count("replaced", replaced(yield* statusOf(api)), { exactly: stalls })
    judge.time("the last one was found after, s", seconds, { atMost: 2 * heartbeat + 1 })
    yield* finish(run, installation)
  })

export const connectionGoals: ReadonlyArray<Goal> = [
  { id: "R10", name: "R10 sockets dropped at once", run: dropped },
  { id: "R10", name: "R10 half-open connections", run: silent("half-open") },
  { id: "R10", name: "R10 silent stalls", run: silent("stall") },
]
