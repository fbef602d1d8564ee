import { Effect } from "effect"
import { readEach } from "../../support/kafkaReader.ts"
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
import { brokerOfItsOwn, kafkaSink, topicsOf } from "../support/broker.ts"

const drivers = ["kafkajs", "platformatic"] as const

/** Once both deliver again. */
const deliverAgain = (api: string, from: ReadonlyArray<number>) =>
  statusWhen(
    api,
    "both drivers deliver again",
    ({ accounts }) => accounts.sinks.every(({ delivered }, index) => delivered > from[index]!),
    "3 minutes",
  )

const restarts = Effect.fnUntraced(function* ({ dice, judge, progress, scale, size }: Run) {
  const kafka = yield* brokerOfItsOwn
  const folder = yield* temporaryFolder
  const feed = yield* makeFeed({ seed: dice.int(1 << 30), symbols: 3, rate: 1000 })
  const sinks = drivers.map((driver) => kafkaSink(kafka, driver, { driver }))
  const program = yield* startCollector({ folder, feed, sinks })
  const api = yield* apiOf(program)
  const delivered = (yield* deliverAgain(api, [100, 100])).accounts.sinks.map((sink) => sink.delivered)
  judge.count("delivered before the first", Math.min(...delivered), { atLeast: 100 })

  const bounces = size(20, 2)
  const freezes = size(5)
  const frozenSeconds = scale === 1 ? 60 : Math.max(5, 60 * scale)
  // Each kind as often as the other, in a random order.
  const faults: Array<"term" | "kill" | "freeze"> = [
    ...Array.from({ length: bounces }, (_, index) =>
      index % 2 === 0 ? ("term" as const) : ("kill" as const),
    ),
    ...Array.from({ length: freezes }, () => "freeze" as const),
  ]
  for (let left = faults.length; left > 1; left--) {
    const other = dice.int(left)
    ;[faults[left - 1], faults[other]] = [faults[other]!, faults[left - 1]!]
  }
  let slowest = 0
  for (const [index, fault] of faults.entries()) {
    if (fault === "freeze") {
      yield* kafka.pause
      yield* Effect.sleep(frozenSeconds * 1000)
      yield* kafka.resume
    } else {
      yield* fault === "term" ? kafka.stop : kafka.kill
      yield* Effect.sleep(dice.int(1500))
      yield* kafka.start
    }
    const began = performance.now()
    const accepted = (yield* judgeAccounts(api, judge)).accounts.records.accepted
    yield* deliverAgain(api, [accepted, accepted])
    slowest = Math.max(slowest, (performance.now() - began) / 1000)
    progress(`${index + 1} of ${faults.length} (${fault}); all is delivered again`)
    yield* Effect.sleep(dice.int(1000))
  }
  feed.silence()
  yield* settled(api)
  const status = yield* judgeAccounts(api, judge)
  judge.count("actor restarts", restartsIn(status), { exactly: 0 })
  yield* stopCollector(program, judge)
  judge.count("bounces", bounces)
  judge.count("freezes", freezes)
  judge.time("slowest to deliver again, s", slowest)
  for (const driver of drivers) {
    const oracle = feed.oracle()
    yield* readEach(kafka, topicsOf(driver), ({ value }) => oracle.take(value))
    const duplicates = driver === "kafkajs" ? { exactly: 0 } : { atMost: faults.length * 2000 }
    judgeOracle(judge, oracle.judge({ whole: true }), { duplicates, prefix: `${driver} ` })
  }
})

export const brokerRestarts: Goal = {
  id: "R3",
  name: "R3 broker restarts and freezes, both drivers",
  run: restarts,
}
