import { Effect } from "effect"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { garbageKinds, garbageLike } from "../../../src/simulator/faults/Garbage.ts"
import { binance } from "../../../src/simulator/venues/Binance.ts"
import type { Delivery } from "../../../src/simulator/server/Interference.ts"
import { temporaryFolder, untilTrue } from "../../support/process.ts"
import {
  apiOf,
  eachRecordLine,
  judgeAccounts,
  restartsIn,
  settled,
  startCollector,
  statusWhen,
  stopCollector,
  untilSent,
} from "../support/collector.ts"
import { makeFeed } from "../support/feed.ts"
import type { Goal, Run } from "../support/goal.ts"
import { judgeOracle } from "../support/judging.ts"
import { keptLetters } from "../support/letters.ts"

/** Without those for which a client has to end the connection; 200 kB of brackets come once in a while. */
const kinds = garbageKinds.filter((kind) => kind !== "utf8" && kind !== "frame" && kind !== "nested")

/** As it comes off the wire. */
const bytesOf = ({ form = "payload", stream, text }: Delivery): Buffer =>
  Buffer.from(form === "payload" ? `{"stream":"${stream}","data":${text}}` : text, "latin1")

const digest = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("base64")

/** How many of each there are, left minus right. */
const difference = (left: ReadonlyArray<string>, right: ReadonlyArray<string>): number => {
  const counts = new Map<string, number>()
  for (const each of left) counts.set(each, (counts.get(each) ?? 0) + 1)
  for (const each of right) counts.set(each, (counts.get(each) ?? 0) - 1)
  return Array.from(counts.values()).reduce((sum, count) => sum + Math.abs(count), 0)
}

const malformed = Effect.fnUntraced(function* ({ dice, judge, progress, size }: Run) {
  const wanted = size(10_000)
  const garbage: Array<string> = []
  const spoil = (messages: ReadonlyArray<Delivery>) =>
    messages.flatMap((message): ReadonlyArray<Delivery> => {
      if (garbage.length === wanted || !dice.chance(1 / 99)) return [message]
      const kind = dice.chance(1 / 500) ? "nested" : dice.pick(kinds)
      const made = garbageLike(message, kind, dice.int(1 << 30), binance)
      garbage.push(digest(bytesOf(made)))
      return [message, made]
    })
  const folder = yield* temporaryFolder
  const feed = yield* makeFeed({ seed: dice.int(1 << 30), symbols: 6, rate: 10_000, spoil })
  const program = yield* startCollector({
    folder,
    feed,
    sinks: [{ name: "files", type: "files", path: "records" }],
    sections: { deadLetters: { maxSize: "1 GiB" } },
  })
  const api = yield* apiOf(program)
  yield* untilSent(feed, size(1_000_000), progress)
  // The dice decide when the last of it has come.
  yield* untilTrue("all the garbage is sent", () => garbage.length === wanted, "10 minutes")
  feed.silence()
  const { accounts, venues } = yield* settled(api)
  const rejected = Object.values(accounts.frames.rejected).reduce((sum, count) => sum + count, 0)
  judge.count("garbage", garbage.length, { exactly: wanted })
  judge.count("rejected", rejected, { exactly: garbage.length })
  const status = yield* statusWhen(
    api,
    "all is put aside",
    ({ deadLetters }) => deadLetters.letters >= garbage.length,
  )
  judge.count(
    "letters lost",
    status.deadLetters.lost.reduce((sum, { count }) => sum + count, 0),
    { exactly: 0 },
  )
  judge.count("actor restarts", restartsIn(yield* judgeAccounts(api, judge)), { exactly: 0 })
  const reconnects = venues
    .flatMap(({ connections }) => connections)
    .reduce((sum, each) => sum + each.reconnects, 0)
  judge.count("reconnects", reconnects, { exactly: 0 })
  yield* stopCollector(program, judge)
  const letters = yield* keptLetters(join(folder, "data/deadletters"))
  const kept = letters.map(({ bytes }) => digest(bytes))
  judge.count("letters", kept.length, { exactly: garbage.length })
  judge.count("letters with other bytes", difference(kept, garbage), { exactly: 0 })
  const oracle = feed.oracle()
  eachRecordLine(join(folder, "records"), oracle.take)
  judgeOracle(judge, oracle.judge({ whole: true }))
})

export const malformedFrames: Goal = { id: "R4", name: "R4 malformed frames", run: malformed }
