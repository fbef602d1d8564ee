import { Effect } from "effect"
import { join } from "node:path"
import { allLive, statusOf } from "../../support/instance.ts"
import { temporaryFolder } from "../../support/process.ts"
import {
  apiOf,
  eachRecordLine,
  judgeAccounts,
  restartsIn,
  settled,
  startCollector,
  statusWhen,
  stopCollector,
} from "../support/collector.ts"
import { type DiskTrouble, troubledDisk } from "../support/diskTrouble.ts"
import { makeFeed } from "../support/feed.ts"
import type { Goal, Run } from "../support/goal.ts"
import { checkJournal } from "../support/journal.ts"
import { judgeOracle } from "../support/judging.ts"

const troubles: ReadonlyArray<DiskTrouble> = [
  { kind: "write", code: "ENOSPC" },
  { kind: "write", code: "EIO" },
  { kind: "sync", code: "EIO" },
  { kind: "slow", millis: 2000 },
]

/** The journal's disk is full, broken or slow again and again; each time the collector waits, and goes on alone. */
const disk = Effect.fnUntraced(function* ({ dice, judge, progress, size }: Run) {
  const folder = yield* temporaryFolder
  const trouble = troubledDisk(folder, join(folder, "data/journal"))
  yield* trouble.set({ kind: "none" })
  const feed = yield* makeFeed({
    seed: dice.int(1 << 30),
    symbols: 3,
    rate: 2000,
  })
  const program = yield* startCollector({
    folder,
    feed,
    sinks: [{ name: "files", type: "files", path: "records" }],
    sections: { journal: { path: join(folder, "data/journal"), segmentSize: "1 MiB" } },
    env: trouble.env,
  })
  const api = yield* apiOf(program)
  yield* statusWhen(api, "all is live", allLive)
  const points = size(100)
  let noticed = 0
  for (let point = 1; point <= points; point++) {
    yield* Effect.sleep(dice.int(600))
    const set = troubles[(point - 1) % troubles.length]!
    yield* trouble.set(set)
    yield* Effect.sleep(500 + dice.int(1500))
    const during = yield* statusOf(api)
    if (!during.ready) noticed++
    yield* trouble.set({ kind: "none" })
    const accepted = during.accounts.records.accepted
    yield* statusWhen(
      api,
      "it accepts again by itself",
      (status) => status.ready && status.accounts.records.accepted > accepted,
    )
    yield* judgeAccounts(api, judge)
    if (point % 5 === 0) progress(`${point} of ${points} points`)
  }
  feed.silence()
  yield* settled(api)
  const status = yield* judgeAccounts(api, judge)
  judge.count("points", points)
  judge.count("points at which it said that it was not ready", noticed)
  judge.count("actor restarts", restartsIn(status), { exactly: 0 })
  const dropped = Object.values(status.accounts.records.dropped).reduce((sum, count) => sum + count, 0)
  judge.count("dropped", dropped, { exactly: 0 })
  yield* stopCollector(program, judge)
  const { code, stdout } = yield* checkJournal(join(folder, "data/journal"))
  judge.state("the journal is clean", code === 0, stdout.slice(0, 500))
  const oracle = feed.oracle()
  eachRecordLine(join(folder, "records"), oracle.take)
  judgeOracle(judge, oracle.judge({ whole: true }))
})

export const diskTroubles: Goal = { id: "R7", name: "R7 disk full, broken, slow", run: disk }
