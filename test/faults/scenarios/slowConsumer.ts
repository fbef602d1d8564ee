import { Effect } from "effect"
import type { Readable } from "node:stream"
import { eachLine } from "../../bench/support/lines.ts"
import { allLive, statusOf, type StatusView } from "../../support/instance.ts"
import { eventually, temporaryFolder } from "../../support/process.ts"
import { makeBooks } from "../support/books.ts"
import {
  apiOf,
  judgeAccounts,
  residentOf,
  restartsIn,
  settled,
  startCollector,
  statusWhen,
  stopCollector,
} from "../support/collector.ts"
import { makeFeed } from "../support/feed.ts"
import type { Goal, Run } from "../support/goal.ts"
import { judgeOracle } from "../support/judging.ts"

/**
 * Events a second. Where the socket waits, what stands in it must be read before the exchange takes a peer that does not
 * answer its pings for dead; where records give way, a machine that has more to do must keep up once the sink does.
 */
const rates = { waits: 10_000, givesWay: 5000 }
const symbols = 6
const mebibyte = 1024 * 1024

/** Reads a program's stdout at a tenth of what it could write, until it may read all it wants. */
const slowReader = (stdout: Readable, rate: number, onLine: (line: string) => void) => {
  const tickMillis = 20
  // A record is about 330 bytes.
  const bytesPerTick = ((rate / 10) * 330 * tickMillis) / 1000
  let fast = false
  let credit = 0
  eachLine(stdout, onLine)
  stdout.on("data", (chunk: Buffer) => {
    credit -= chunk.length
    if (!fast && credit <= 0) stdout.pause()
  })
  const tick = setInterval(() => {
    credit = Math.min(credit + bytesPerTick, 10 * bytesPerTick)
    if (credit > 0) stdout.resume()
  }, tickMillis)
  return {
    hurry: () => {
      fast = true
      stdout.resume()
    },
    stop: () => clearInterval(tick),
  }
}

interface Pressure {
  /** What the journal may take of the disk, or all that it wants. */
  readonly journal: "bounded" | "ample"
  readonly overload?: Readonly<Record<string, string>>
  readonly dataTypes?: ReadonlyArray<string>
  /** Whether it has come to what is tried: a machine that has more to do takes longer to fill what may wait. */
  readonly isReached: (status: StatusView) => boolean
}

const pausesIn = ({ venues }: StatusView): number =>
  venues.flatMap(({ connections }) => connections).reduce((sum, { pauses }) => sum + pauses, 0)

const reconnectsIn = ({ venues }: StatusView): number =>
  venues.flatMap(({ connections }) => connections).reduce((sum, { reconnects }) => sum + reconnects, 0)

const gaveWay = ({ accounts }: StatusView): number => accounts.records.dropped["overflow"] ?? 0

/** Of records that give way. */
const manyGaveWay = 1000

/** So long nothing gives way and nothing is held up: what comes then is taken as it comes. */
const restSeconds = 3

/** Waits until it keeps up: a machine that has more to do may need its time, and what gives way last no later record shows. */
const atRest = Effect.fnUntraced(function* (api: string) {
  let before = -1
  let quiet = 0
  yield* eventually(
    "nothing gives way any more",
    Effect.gen(function* () {
      const status = yield* statusOf(api)
      const now = gaveWay(status) + pausesIn(status)
      quiet = now === before ? quiet + 1 : 0
      before = now
      if (quiet < restSeconds) return yield* Effect.as(Effect.sleep(1000), undefined)
      return true
    }),
    "5 minutes",
  )
})

/** A collector whose only sink is ten times too slow, looked at every second, then left to deliver all that waits. */
const pressed = Effect.fnUntraced(function* ({ dice, judge, progress, size }: Run, pressure: Pressure) {
  const folder = yield* temporaryFolder
  const memory = 8 * mebibyte
  const rate = pressure.overload === undefined ? rates.waits : rates.givesWay
  const feed = yield* makeFeed({
    seed: dice.int(1 << 30),
    symbols,
    rate,
  })
  const bound = pressure.journal === "bounded" ? { maxSize: memory, segmentSize: mebibyte } : {}
  const program = yield* startCollector({
    folder,
    feed,
    sinks: [{ name: "out", type: "stdout" }],
    deafStdout: true,
    sections: { overload: { memory, ...pressure.overload }, journal: bound },
    ...(pressure.dataTypes === undefined ? {} : { dataTypes: pressure.dataTypes }),
  })
  const lines: Array<string> = []
  const reader = yield* Effect.acquireRelease(
    Effect.sync(() => slowReader(program.process.stdout!, rate, (line) => lines.push(line))),
    ({ stop }) => Effect.sync(stop),
  )
  const api = yield* apiOf(program)
  yield* statusWhen(api, "it collects", ({ accounts }) => accounts.records.accepted > 0)
  const seconds = size(120, 10)
  let resident = 0
  let waiting = 0
  let isReached = false
  for (let second = 1; second <= (isReached ? seconds : 10 * seconds); second++) {
    yield* Effect.sleep(1000)
    const status = yield* statusOf(api)
    const { accounts, journal } = status
    isReached = pressure.isReached(status) && waiting >= 1000
    resident = Math.max(resident, residentOf(program))
    waiting = Math.max(waiting, accounts.sinks[0]!.waiting)
    if (pressure.journal === "bounded")
      judge.state("the journal keeps its bound", journal === null || journal.bytes <= memory + 2 * mebibyte)
    if (second % 10 === 0) progress(`${second} of ${seconds} s, ${accounts.sinks[0]!.waiting} records wait`)
  }
  const stalled = yield* judgeAccounts(api, judge)
  reader.hurry()
  // Chains that were broken come together again, and show what was lost, while the exchange still speaks.
  yield* statusWhen(
    api,
    "nothing waits any more",
    ({ accounts }) => accounts.sinks[0]!.waiting < rate,
    "5 minutes",
  )
  yield* atRest(api)
  yield* statusWhen(api, "all is live again", allLive, "2 minutes")
  feed.silence()
  yield* settled(api, 180)
  const status = yield* judgeAccounts(api, judge)
  const { accepted } = yield* stopCollector(program, judge)
  judge.count("records waiting at most", waiting, { atLeast: 1000 })
  judge.count("resident at most, MiB", resident, { atMost: 512 })
  judge.count("actor restarts", restartsIn(status), { exactly: 0 })
  // A connection that is cut loses what no policy gave up.
  judge.count("reconnects", reconnectsIn(status), { exactly: 0 })
  judge.count("accepted", accepted, { exactly: lines.length })
  return { feed, lines, stalled, status }
})

/** Where everything may wait, memory and disk are bounded, and beyond them the socket is not read. */
const block = Effect.fnUntraced(function* (run: Run) {
  const { feed, lines, stalled } = yield* pressed(run, {
    journal: "bounded",
    isReached: (status) => pausesIn(status) > 0,
  })
  run.judge.count("pauses of the socket", pausesIn(stalled), { atLeast: 1 })
  const oracle = feed.oracle()
  for (const line of lines) oracle.take(line)
  judgeOracle(run.judge, oracle.judge({ whole: true }))
})

/** With room on the disk a slow sink holds nobody up. */
const journaled = Effect.fnUntraced(function* (run: Run) {
  const { feed, lines, stalled } = yield* pressed(run, { journal: "ample", isReached: () => true })
  run.judge.count("pauses of the socket", pausesIn(stalled), { exactly: 0 })
  const oracle = feed.oracle()
  for (const line of lines) oracle.take(line)
  judgeOracle(run.judge, oracle.judge({ whole: true }))
})

/** Every drop is counted once, and named. */
const dropping = (policy: "drop_oldest" | "drop_newest") =>
  Effect.fnUntraced(function* (run: Run) {
    const channels = ["trade", "kline", "ticker", "bbo"]
    const { feed, lines, status } = yield* pressed(run, {
      journal: "bounded",
      overload: Object.fromEntries(channels.map((channel) => [channel, policy])),
      dataTypes: ["trade", "kline_1m", "ticker", "bbo"],
      isReached: (status) => gaveWay(status) >= manyGaveWay,
    })
    const oracle = feed.oracle()
    for (const line of lines) oracle.take(line)
    const found = oracle.judge({ whole: true })
    const dropped = gaveWay(status)
    run.judge.count("dropped", dropped, {
      atLeast: manyGaveWay,
      exactly: feed.sent.total() - found.streamed,
    })
    judgeOracle(run.judge, found, { named: {}, pending: {} })
  })

/** What gives way is what later states stand for: the last of each stream comes out, and books are the exchange's. */
const conflating = Effect.fnUntraced(function* (run: Run) {
  const { feed, lines, status } = yield* pressed(run, {
    journal: "bounded",
    overload: {
      trade: "drop_oldest",
      kline: "conflate",
      ticker: "conflate",
      bbo: "conflate",
      depth: "conflate",
    },
    isReached: (status) => gaveWay(status) >= manyGaveWay,
  })
  const oracle = feed.oracle()
  const books = makeBooks()
  for (const line of lines) {
    oracle.take(line)
    books.take(line)
  }
  const found = oracle.judge({ whole: true })
  run.judge.count("gave way", gaveWay(status), { atLeast: manyGaveWay })
  run.judge.count("streams whose last event is missing", found.lastMissing, { exactly: 0 })
  const { equal, other } = books.compare(feed)
  run.judge.count("books as the exchange's", equal, { exactly: symbols })
  run.judge.count("other books", other, { exactly: 0 })
  judgeOracle(run.judge, found, { named: {}, pending: {} })
})

export const slowConsumer: ReadonlyArray<Goal> = [
  { id: "R6", name: "R6 slow consumer, block", run: block },
  { id: "R6", name: "R6 slow consumer, journal", run: journaled },
  { id: "R6", name: "R6 slow consumer, drop_oldest", run: dropping("drop_oldest") },
  { id: "R6", name: "R6 slow consumer, drop_newest", run: dropping("drop_newest") },
  { id: "R6", name: "R6 slow consumer, conflate", run: conflating },
]
