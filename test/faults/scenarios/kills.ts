import { Effect } from "effect"
import { join } from "node:path"
import { type StatusView } from "../../support/instance.ts"
import { readEach } from "../../support/kafkaReader.ts"
import { afterWork, type Program, temporaryFolder } from "../../support/process.ts"
import { brokerOfItsOwn, kafkaSink, topicsOf } from "../support/broker.ts"
import {
  apiOf,
  judgeAccounts,
  settled,
  startCollector,
  statusWhen,
  stopCollector,
  untilSent,
} from "../support/collector.ts"
import { makeFeed } from "../support/feed.ts"
import type { Goal, Run } from "../support/goal.ts"
import { checkJournal, eachJournalLine } from "../support/journal.ts"
import { judgeOracle } from "../support/judging.ts"

const rate = 5000

/** What may be sent and not yet known to be: a second of records, and what a send gathers meanwhile. */
const inFlight = 2 * rate

/** The ids of a topic's or a journal's records, in order and each once. */
const makeIds = () => {
  const ids = new Map<string, Set<string>>()
  let repeated = 0
  return {
    ids,
    repeated: () => repeated,
    add: (value: string) => {
      const { id, native, revision, type } = JSON.parse(value) as Readonly<Record<string, string>>
      const place = `${native} ${type}`
      const known = ids.get(place) ?? new Set<string>()
      ids.set(place, known)
      const name = revision === undefined ? id! : `${id} ${revision}`
      if (known.has(name)) repeated++
      known.add(name)
    },
  }
}

/** How many stand in one and not in the other, and how many places differ in their order. */
const compare = (
  left: ReadonlyMap<string, ReadonlySet<string>>,
  right: ReadonlyMap<string, ReadonlySet<string>>,
) => {
  let missing = 0
  let disordered = 0
  for (const [place, ids] of left) {
    const others = right.get(place) ?? new Set<string>()
    for (const id of ids) if (!others.has(id)) missing++
    const common = Array.from(ids).filter((id) => others.has(id))
    const theirs = Array.from(others).filter((id) => ids.has(id))
    disordered += common.filter((id, index) => id !== theirs[index]).length
  }
  return { missing, disordered }
}

const percentile = (values: ReadonlyArray<number>, share: number): number =>
  values.toSorted((left, right) => left - right)[
    Math.min(values.length - 1, Math.floor(values.length * share))
  ] ?? 0

const kills = (more: object, transactional: boolean) =>
  Effect.fnUntraced(function* (run: Run) {
    const { dice, judge, progress, size } = run
    const kafka = yield* brokerOfItsOwn
    const folder = yield* temporaryFolder
    const feed = yield* makeFeed({ seed: dice.int(1 << 30), symbols: 5, rate })
    const points = size(200, 2)
    const stretch = Math.floor(size(2_000_000) / points)
    const running: Array<number> = []
    const start = startCollector({
      folder,
      feed,
      sinks: [kafkaSink(kafka, "kafka", more)],
      sections: { journal: { path: join(folder, "data/journal"), retention: "1 day" } },
    })
    const collects = ({ accounts }: StatusView) => accounts.records.accepted > 0

    const killedOnce = Effect.fnUntraced(function* (point: number) {
      const began = performance.now()
      const program: Program = yield* start
      // One of ten is killed before it is up.
      const early = dice.chance(0.1)
      if (early) yield* afterWork(program, 0.2 + dice.next())
      else {
        yield* statusWhen(yield* apiOf(program), "it accepts records", collects)
        running.push((performance.now() - began) / 1000)
        const target = stretch * (point - 1) + dice.int(stretch)
        if (feed.messages() < target) yield* untilSent(feed, target, () => {})
        else yield* Effect.sleep(dice.int(300))
      }
      yield* program.kill("SIGKILL")
      yield* program.ended
      if (point % 10 === 0) progress(`${point} of ${points} kills, ${feed.messages()} messages are sent`)
    }, Effect.scoped)

    for (let point = 1; point <= points; point++) yield* killedOnce(point)
    const program = yield* start
    const api = yield* apiOf(program)
    yield* statusWhen(api, "it accepts records", collects)
    yield* untilSent(feed, Math.max(feed.messages() + rate, stretch * points), progress)
    // What was missed while it was down is asked for.
    yield* Effect.sleep(5000)
    feed.silence()
    yield* settled(api, 180)
    yield* judgeAccounts(api, judge)
    yield* stopCollector(program, judge)
    progress("comparing what was sent, the journal and Kafka")

    const oracle = feed.oracle()
    const delivered = makeIds()
    yield* readEach(kafka, topicsOf("kafka"), ({ value }) => {
      oracle.take(value)
      delivered.add(value)
    })
    const journal = join(folder, "data/journal")
    const accepted = makeIds()
    const read = yield* eachJournalLine(journal, accepted.add)
    judge.state("the journal can be read", read === 0, `exit ${read}`)
    const { code, stdout } = yield* checkJournal(journal)
    judge.state("the journal is clean", code === 0, stdout.slice(0, 500))
    const here = compare(accepted.ids, delivered.ids)
    judge.count("kills", points)
    judge.count("messages sent", feed.messages())
    judge.count("accepted and not delivered", here.missing, { exactly: 0 })
    judge.count("delivered in another order than accepted", here.disordered, { exactly: 0 })
    judge.count("delivered and not accepted", compare(delivered.ids, accepted.ids).missing, { exactly: 0 })
    judge.count("accepted twice", accepted.repeated(), { exactly: 0 })
    judge.time("accepts again after, s, median", percentile(running, 0.5))
    judge.time("accepts again after, s, 99 of 100", percentile(running, 0.99), { atMost: 3 })
    const duplicates = transactional ? { exactly: 0 } : { atMost: points * inFlight }
    judgeOracle(judge, oracle.judge({ whole: false }), { duplicates, named: {}, pending: {} })
  })

export const killGoals: ReadonlyArray<Goal> = [
  { id: "R1", name: "R1 kill -9, at least once", run: kills({}, false) },
  { id: "R1", name: "R1 kill -9, transactional", run: kills({ transactional: true }, true) },
]
