import { Effect } from "effect"
import { join } from "node:path"
import { allLive, statusOf, type StatusView } from "../../support/instance.ts"
import { request, temporaryFolder } from "../../support/process.ts"
import {
  apiOf,
  descriptorsOf,
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
import { censusOf, grownBy } from "../support/heapCensus.ts"
import { judgeOracle } from "../support/judging.ts"
import { ask, probed } from "../support/probing.ts"

interface Sample {
  readonly hours: number
  readonly residentMebibytes: number
  readonly heapMebibytes: number
}

/** Of a straight line through the samples, per hour. */
const slope = (samples: ReadonlyArray<Sample>, of: (sample: Sample) => number): number => {
  const mean = (values: ReadonlyArray<number>) => values.reduce((sum, each) => sum + each, 0) / values.length
  const [x, y] = [mean(samples.map(({ hours }) => hours)), mean(samples.map(of))]
  const above = samples.reduce((sum, each) => sum + (each.hours - x) * (of(each) - y), 0)
  const below = samples.reduce((sum, each) => sum + (each.hours - x) ** 2, 0)
  return below === 0 ? 0 : above / below
}

const mebibyte = 1024 * 1024

/**
 * A thousand reconnects and ten thousand subscriptions an hour; a short run has some of each all the same. A sample stops the
 * process for as long as all of its heap takes to be looked at.
 */
const full = { seconds: 3600, reconnectEvery: 3.6, cycleEvery: 0.36, sampleEvery: 60 }
const short = { reconnectEvery: 1.5, cycleEvery: 0.15, sampleEvery: 30 }

const configured = ["BTC-USDT", "ETH-USDT", "BNB-USDT"]
/** Of these and the first of those, aggregates come and go, which the oracle does not compare. */
const others = ["SOL-USDT", "XRP-USDT", "ADA-USDT", "DOGE-USDT", "LTC-USDT"]
const cycled = ["BTC-USDT", ...others]

/** Objects of one shape that may be more without that anything was left behind: buffers of rings that fill up. */
const noise = 60

/** The same as a share of what there is: of closures without a name, and what they close over, there are thousands. */
const noiseShare = 0.02

/** An hour of reconnects and of subscriptions that come and go: nothing may be left behind. */
const soak = Effect.fnUntraced(function* ({ dice, judge, progress, scale, size }: Run) {
  const folder = yield* temporaryFolder
  const feed = yield* makeFeed({
    seed: dice.int(1 << 30),
    symbols: [...configured, ...others],
    rate: scale === 1 ? 500 : 150,
  })
  const program = yield* startCollector({
    folder,
    feed,
    symbols: configured,
    sinks: [{ name: "files", type: "files", path: "records" }],
    env: probed(folder),
  })
  const api = yield* apiOf(program)
  const change = (method: "POST" | "DELETE", symbols: ReadonlyArray<string>) => {
    const wanted = { venue: "binance", symbols, dataTypes: ["aggTrade"] }
    return request(`${api}/api/v1/subscriptions`, method, wanted)
  }
  const wellAgain = statusWhen(api, "all is live", allLive)
  const heapOf = (name: string) => join(folder, `${name}.heapsnapshot`)
  yield* wellAgain
  // What is made once, at the first reconnect and the first request, belongs to the baseline.
  for (let round = 0; round < 3; round++) {
    yield* change("POST", cycled)
    yield* feed.simulator.inject("reset@0s")
    yield* Effect.sleep(1000)
    yield* wellAgain
    yield* change("DELETE", cycled)
  }
  yield* repaired(api)
  const before = yield* ask(program, folder, { heap: heapOf("before") })
  const descriptors = descriptorsOf(program)

  const { cycleEvery, reconnectEvery, sampleEvery, seconds } =
    scale === 1 ? full : { ...short, seconds: size(800, 24) }
  const began = performance.now()
  const elapsed = () => (performance.now() - began) / 1000
  /** Again and again, at least so many seconds apart, until the time is over. */
  const repeat = <E>(everySeconds: number, work: Effect.Effect<unknown, E>) =>
    Effect.gen(function* () {
      for (let next = everySeconds; elapsed() < seconds; next = elapsed() + everySeconds) {
        yield* work
        yield* Effect.sleep(Math.max(0, next - elapsed()) * 1000)
      }
    })
  const samples: Array<Sample> = []
  let cycles = 0
  let reconnects = 0
  // One that is not up cannot be cut: on a machine that has more to do there are fewer.
  const isUp = ({ venues }: StatusView) =>
    venues.every(({ connections }) => connections.every(({ state }) => state === "open"))
  const cut = Effect.andThen(
    statusWhen(api, "it is connected again", isUp),
    Effect.suspend(() => {
      reconnects++
      return feed.simulator.inject(dice.pick(["reset@0s", "disconnect@0s"]))
    }),
  )
  const comeAndGo = Effect.suspend(() => {
    const symbols = [dice.pick(cycled)]
    cycles += 2
    return Effect.andThen(
      change("POST", symbols),
      Effect.andThen(Effect.sleep(cycleEvery * 1000), change("DELETE", symbols)),
    )
  })
  const sample = Effect.gen(function* () {
    const { fibers, heapBytes, residentBytes, timers } = yield* ask(program, folder)
    samples.push({
      hours: elapsed() / 3600,
      heapMebibytes: heapBytes / mebibyte,
      residentMebibytes: residentBytes / mebibyte,
    })
    progress(
      `${Math.round(elapsed())} of ${seconds} s, ${reconnects} reconnects, ${cycles} requests: ${fibers} fibers, ${timers} timers, ${descriptorsOf(program)} descriptors, heap ${(heapBytes / mebibyte).toFixed(1)} MiB, resident ${(residentBytes / mebibyte).toFixed(0)} MiB`,
    )
  })
  yield* Effect.all(
    [repeat(reconnectEvery, cut), repeat(cycleEvery, comeAndGo), repeat(sampleEvery, sample)],
    { concurrency: "unbounded" },
  )
  yield* change("DELETE", cycled)
  yield* wellAgain
  yield* repaired(api)
  // Connections of REST are kept open for five seconds after the last answer.
  yield* Effect.sleep(6000)
  yield* wellAgain
  const status = yield* judgeAccounts(api, judge)
  // What only passes is gone a moment later; what was left behind stays.
  let after = yield* ask(program, folder)
  let descriptorsAfter = descriptorsOf(program)
  const isBack = () =>
    after.fibers <= before.fibers + 3 &&
    after.timers <= before.timers + 3 &&
    descriptorsAfter <= descriptors + 2
  for (let look = 0; look < 20 && !isBack(); look++) {
    yield* Effect.sleep(3000)
    after = yield* ask(program, folder)
    descriptorsAfter = descriptorsOf(program)
  }
  yield* ask(program, folder, { heap: heapOf("after") })
  // While it was looked at it stood still, and an exchange gives up a peer that does.
  yield* wellAgain
  yield* eachGoesOn(api)
  const seen = (yield* statusOf(api)).venues.flatMap(({ connections }) => connections)
  const came = seen.reduce((sum, each) => sum + each.reconnects, 0)
  judge.count("reconnects", came, { atLeast: reconnects * 0.5 })
  judge.count("requests to subscribe", cycles)
  judge.count("fibers before", before.fibers)
  judge.count("fibers after", after.fibers, { atMost: before.fibers + 3 })
  judge.count("timers before", before.timers)
  judge.count("timers after", after.timers, { atMost: before.timers + 3 })
  judge.count("descriptors before", descriptors)
  judge.count("descriptors after", descriptorsAfter, { atMost: descriptors + 2 })
  judge.count("actor restarts", restartsIn(status), { exactly: 0 })
  // The first sixth is for what is made once.
  const settledSamples = samples.slice(Math.floor(samples.length / 6))
  judge.time("heap at the end, MiB", after.heapBytes / mebibyte)
  judge.time("resident at the end, MiB", after.residentBytes / mebibyte)
  judge.time(
    "heap, MiB an hour",
    slope(settledSamples, ({ heapMebibytes }) => heapMebibytes),
    { atMost: 1 },
  )
  judge.time(
    "resident, MiB an hour",
    slope(settledSamples, ({ residentMebibytes }) => residentMebibytes),
  )
  yield* repaired(api)
  feed.silence()
  yield* settled(api)
  yield* stopCollector(program, judge)
  // What is left behind by each, or by every other reconnect; of the more frequent subscriptions by a few. The exchange
  // stands still while heaps are compared, so it is done with by now.
  const grown = grownBy(censusOf(heapOf("before")), censusOf(heapOf("after")), 10)
  for (const { before: had, more, shape } of grown.slice(0, 20))
    progress(`${more} more than ${had}: ${shape}`)
  const left = grown.filter(({ before: had, more }) => more >= Math.max(noise, had * noiseShare, came / 2))
  judge.count("kinds of objects left behind", left.length, { exactly: 0 })
  judge.state("nothing is left behind", left.length === 0, JSON.stringify(left.slice(0, 12)))
  const oracle = feed.oracle()
  eachRecordLine(join(folder, "records"), oracle.take)
  judgeOracle(judge, oracle.judge({ whole: true }), { named: {} })
})

export const leaks: Goal = { id: "R11", name: "R11 leak soak", run: soak }
