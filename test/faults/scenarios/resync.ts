import { Effect } from "effect"
import { join } from "node:path"
import type { BooksStatus } from "../../../services/Collection.ts"
import { statusOf, type StatusView } from "../../support/instance.ts"
import { temporaryFolder } from "../../support/process.ts"
import { makeBooks } from "../support/books.ts"
import {
  apiOf,
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

/** What the status says of the books of its one venue. */
const booksOf = (status: StatusView): BooksStatus =>
  status.venues[0]?.books ?? { whole: 0, waiting: 0, fetching: 0, failing: 0 }

/** Gaps of books that it has seen since its start: unlike a book that is broken, they stay. */
const gapsOf = ({ gaps }: StatusView): number =>
  gaps.reduce((sum, { channel, count }) => sum + (channel === "depth" ? count : 0), 0)

/** Two minutes' weight of snapshots at most, twice. */
const patience = "5 minutes"

/** Books that all break at once, and how they become whole within the venue's weight. */
const resync = Effect.fnUntraced(function* (run: Run) {
  const { dice, judge, progress, size } = run
  const count = size(200, 30)
  const folder = yield* temporaryFolder
  const feed = yield* makeFeed({ seed: dice.int(1 << 30), symbols: count, rate: Math.max(1000, 20 * count) })
  const program = yield* startCollector({
    folder,
    feed,
    dataTypes: ["depth"],
    sinks: [{ name: "files", type: "files", path: "records" }],
  })
  const api = yield* apiOf(program)
  const isWhole = (status: StatusView) => {
    const { fetching, waiting, whole } = booksOf(status)
    return whole === count && waiting + fetching === 0
  }
  yield* statusWhen(api, "every book is whole", isWhole, patience)
  progress(`${count} books are whole`)

  const before = yield* repaired(api)
  const gapsBefore = gapsOf(yield* statusOf(api))
  const seen: Array<BooksStatus> = []
  yield* feed.simulator.inject("disconnect@0s,refuse@0s/for=3s")
  // Few may be whole again before the next look.
  const isBroken = (status: StatusView) => booksOf(status).whole < count || gapsOf(status) > gapsBefore
  yield* statusWhen(api, "some are broken", isBroken, patience)
  const began = performance.now()
  yield* statusWhen(
    api,
    "every book is whole again",
    (status) => {
      const now = booksOf(status)
      if (seen.at(-1)?.whole !== now.whole) seen.push(now)
      return isWhole(status)
    },
    patience,
  )
  judge.time("whole again, s", (performance.now() - began) / 1000, { atMost: 150 })
  // One whose first change comes late breaks late.
  const most = Math.floor(0.9 * count)
  yield* Effect.sleep(2000)
  yield* statusWhen(
    api,
    "every book is whole, and stays so",
    (status) => isWhole(status) && gapsOf(status) - gapsBefore >= most,
    patience,
  )
  const gaps = (yield* repaired(api)) - before
  const { venues } = yield* statusOf(api)
  feed.silence()
  yield* settled(api)
  const status = yield* judgeAccounts(api, judge)
  judge.count("actor restarts", restartsIn(status), { exactly: 0 })
  yield* stopCollector(program, judge)

  const books = makeBooks()
  eachRecordLine(join(folder, "records"), books.take)
  const { equal, other } = books.compare(feed)
  const refused = [...feed.answered]
    .filter(([code]) => code !== 200)
    .reduce((sum, [, times]) => sum + times, 0)
  judge.count("books", count)
  judge.count("gaps, all closed", gaps, { atLeast: most })
  judge.count("snapshots", feed.answered.get(200) ?? 0, { atMost: 3 * count })
  judge.count("requests refused (429, 418)", refused, { exactly: 0 })
  judge.count("weight used, at most", venues[0]!.restWeight.used, { atMost: venues[0]!.restWeight.limit })
  // Few are whole again before the first look.
  if (count >= 100) {
    judge.count("steps seen in the status", seen.length, { atLeast: 3 })
    judge.state(
      "the status says how many wait and how many are asked for",
      seen.some(({ fetching, waiting }) => waiting > 0 && fetching > 0 && fetching <= 4),
      JSON.stringify(seen.slice(0, 5)),
    )
  }
  judge.count("books that are the exchange's own", equal, { exactly: count })
  judge.count("wrong", other, { exactly: 0 })
})

export const resyncGoal: Goal = { id: "R20", name: "R20 books at once", run: resync }
