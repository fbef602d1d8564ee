import { Effect } from "effect"
import { join } from "node:path"
import { closingLine, type StatusView } from "../../support/instance.ts"
import { afterWork, type Program, temporaryFolder } from "../../support/process.ts"
import type { Dice } from "../../support/seed.ts"
import {
  apiOf,
  eachRecordLine,
  judgeAccounts,
  repaired,
  startCollector,
  statusWhen,
} from "../support/collector.ts"
import { makeFeed } from "../support/feed.ts"
import type { Goal, Run } from "../support/goal.ts"
import { judgeOracle } from "../support/judging.ts"

/** The drain's own deadline, and what Node takes to end. */
const mostSeconds = 25

/** Node's own start, before which nobody hears a signal, takes a tenth of a second of work where nothing is compiled yet. */
const begun = 0.25

/** While it loads and starts, or while it runs. */
const aMoment = (program: Program, dice: Dice) =>
  dice.chance(0.4)
    ? afterWork(program, begun + dice.next() * 1.1)
    : Effect.gen(function* () {
        const collects = ({ accounts }: StatusView) => accounts.records.accepted > 50
        yield* statusWhen(yield* apiOf(program), "it collects", collects)
        yield* Effect.sleep(dice.int(800))
      })

/** One installation that is stopped again and again, each time at another point, and goes on where it was. */
const chain = Effect.fnUntraced(function* ({ dice, judge, progress }: Run, name: string, stops: number) {
  const folder = yield* temporaryFolder
  const feed = yield* makeFeed({ seed: dice.int(1 << 30), symbols: 3, rate: 1000 })
  let accepted = 0
  let left = 0
  let slowest = 0
  for (let stop = 1; stop <= stops; stop++) {
    const isLast = stop === stops
    yield* Effect.scoped(
      Effect.gen(function* () {
        const program = yield* startCollector({
          folder,
          feed,
          sinks: [{ name: "files", type: "files", path: "records" }],
        })
        yield* aMoment(program, dice)
        // What is being repaired at a stop goes on at the next start; of the last life nobody will ask any more.
        if (isLast) {
          const api = yield* apiOf(program)
          yield* repaired(api)
          yield* judgeAccounts(api, judge)
        }
        const began = performance.now()
        yield* program.kill("SIGTERM")
        const ended = yield* program.ended
        const took = (performance.now() - began) / 1000
        slowest = Math.max(slowest, took)
        if (took > 5) progress(`${name}: stop ${stop} took ${took.toFixed(1)} s:\n${program.stderr()}`)
        judge.state(`${name} stop ${stop} drains and exits with 0`, ended.code === 0, JSON.stringify(ended))
        // Stopped before it had begun, it has nothing to say.
        if (!program.log().some(({ message }) => message.startsWith("stopped: "))) return
        const closing = closingLine(program)
        judge.state(`${name} stop ${stop} balances`, closing.balanced)
        accepted += closing.accepted
        const { frames, records } = closing.inFlight
        left += frames + records
        if (frames + records > 0)
          progress(`${name}: stop ${stop} left ${frames} frames and ${records} records:\n${program.stderr()}`)
      }),
    )
    if (stop % 10 === 0) progress(`${name}: ${stop} of ${stops} stops, ${accepted} records accepted`)
  }
  const oracle = feed.oracle()
  eachRecordLine(join(folder, "records"), oracle.take)
  const found = oracle.judge({ whole: false })
  judge.count(`${name} stops`, stops)
  judge.count(`${name} accepted`, accepted, { exactly: found.records })
  judge.count(`${name} read and not accepted`, left, { exactly: 0 })
  judge.time(`${name} slowest stop, s`, slowest, { atMost: mostSeconds })
  judgeOracle(judge, found, { prefix: `${name} `, named: {} })
})

const drain = Effect.fnUntraced(function* (run: Run) {
  const stops = run.size(1000, 2)
  yield* Effect.all(
    [chain(run, "first", Math.ceil(stops / 2)), chain(run, "second", Math.floor(stops / 2))],
    { concurrency: 2 },
  )
})

export const drains: Goal = { id: "R12", name: "R12 SIGTERM at any point", run: drain }
