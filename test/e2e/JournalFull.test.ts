import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseRecord } from "../../src/domain/Record.ts"
import { disksAbsent, smallDisk } from "../support/disk.ts"
import {
  allLive,
  contiguous,
  linesIn,
  recordFiles,
  statusOf,
  statusWhen,
  tradeIds,
  unreadyReasons,
  wholeAndOnce,
} from "../support/instance.ts"
import { exchange, run, stops, symbols } from "../support/journalRuns.ts"
import { eventually, temporaryFolder, untilTrue } from "../support/process.ts"
import { isGap } from "../support/streamStates.ts"

describe("millrace run, whose journal has reached its size", { timeout: 180_000 }, () => {
  it.live("drops what is declared to give way when the journal has reached its size, and names it", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const env = {
        ...(yield* exchange),
        MILLRACE_EXCHANGES__BINANCE__DATA_TYPES: JSON.stringify(["trade", "bbo", "depth"]),
        MILLRACE_SINKS: JSON.stringify([{ name: "files", type: "files", path: "blocked/records" }]),
        MILLRACE_JOURNAL__MAX_SIZE: "512 KiB",
        MILLRACE_JOURNAL__SEGMENT_SIZE: "64 KiB",
        MILLRACE_JOURNAL__WHEN_FULL: JSON.stringify({ trade: "drop", bbo: "drop", depth: "drop" }),
      }
      writeFileSync(join(cwd, "blocked"), "in the way")
      const program = yield* run(cwd, env)
      const api = yield* program.api
      // Its actor looks now and then how the journal fares, and a record that nobody may lose is written all the same: for
      // a moment there may be room.
      const full = yield* statusWhen(
        api,
        "records give way, and it says so",
        ({ accounts, actors, reasons }) =>
          (accounts.records.dropped["journal_full"] ?? 0) > 500 &&
          reasons[0]?.startsWith("journal full: ") === true &&
          actors.find(({ path }) => path.endsWith("core/journal"))!.state === "degraded",
      )
      assert.isTrue(full.accounts.balanced)
      // What a segment opens with comes on top of it.
      assert.isAtMost(full.journal!.bytes, (512 + 64) * 1024)
      assert.match(
        full.reasons[0]!,
        /^journal full: data\/journal holds journal\.maxSize \(524288 bytes\), and files has not delivered the oldest of it/,
      )
      assert.isTrue(full.actors.every(({ restarts }) => restarts === 0))
      // The socket does not wait for what is full: a busy machine may pause it for a moment.
      yield* statusWhen(
        api,
        "more gives way",
        ({ accounts }) =>
          accounts.records.dropped["journal_full"]! > full.accounts.records.dropped["journal_full"]! + 500,
      )
      rmSync(join(cwd, "blocked"))
      const well = yield* statusWhen(
        api,
        "all is well again",
        (seen) => seen.ready && seen.accounts.sinks[0]!.waiting < 500,
      )
      // What gave way last is named when its stream goes on.
      yield* statusWhen(
        api,
        "every stream goes on",
        (seen) => seen.accounts.records.accepted > well.accounts.records.accepted + 600,
      )
      const dropped = (yield* statusOf(api)).accounts.records.dropped["journal_full"]!
      yield* stops(program)
      const files = recordFiles(join(cwd, "blocked/records"))
      wholeAndOnce(files)
      const gaps = Array.from(files).flatMap(([name, lines]) =>
        name.startsWith("gap/") ? lines.map((line) => parseRecord(line)).filter(isGap) : [],
      )
      const overflow = gaps.filter(({ data }) => data.cause === "overflow")
      const channels = new Set(overflow.map(({ data, symbol }) => `${data.channel} ${symbol}`))
      assert.strictEqual(channels.size, 3 * symbols.length)
      assert.isAbove(dropped, 500)
      // Every trade id is in the files or named by a gap.
      for (const symbol of symbols) {
        const ids = new Set(
          Array.from(tradeIds(files)).flatMap(([name, each]) => (name.includes(symbol) ? each : [])),
        )
        for (const { data, symbol: of } of gaps)
          if (of === symbol && data.channel === "trade")
            for (let id = Number(data.from.sequence); id <= Number(data.to.sequence); id++) ids.add(id)
        const all = Array.from(ids)
        const [first, last] = all.reduce(
          ([least, most], id) => [Math.min(least, id), Math.max(most, id)],
          [Number.POSITIVE_INFINITY, 0],
        )
        assert.strictEqual(ids.size, last! - first! + 1, symbol)
      }
    }),
  )
})

describe.skipIf(disksAbsent)("millrace run, whose journal's disk is full", { timeout: 180_000 }, () => {
  it.live("says so once, is not ready, crashes nothing, and goes on by itself when there is room", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const disk = yield* smallDisk(join(cwd, "small"))
      const program = yield* run(cwd, {
        ...(yield* exchange),
        MILLRACE_JOURNAL__PATH: "small/journal",
        MILLRACE_CONTINUITY__PATH: "data/continuity.db",
        MILLRACE_JOURNAL__MAX_SIZE: "512 KiB",
        MILLRACE_JOURNAL__SEGMENT_SIZE: "64 KiB",
      })
      const api = yield* program.api
      yield* statusWhen(api, "all is live", allLive)
      yield* disk.fill
      const reasons = yield* eventually(
        "the disk is full",
        Effect.map(unreadyReasons(api), (all) => (all[0]?.includes("ENOSPC") === true ? all : undefined)),
      )
      assert.match(
        reasons[0]!,
        /^journal full: small\/journal\S*: the disk is full: free some space, then it goes on/,
      )
      const held = yield* statusWhen(api, "records wait", ({ accounts }) => accounts.records.inFlight > 500)
      assert.isTrue(held.accounts.balanced)
      assert.match(held.journal!.trouble!, /ENOSPC/)
      assert.isTrue(held.actors.every(({ restarts }) => restarts === 0))
      // Cursors stand there too, and an old file of them that goes makes room for a moment: then it is full once more.
      yield* untilTrue("it has said so once each time", () => {
        const said = program.log()
        const complaints = said.filter(
          ({ level, message }) => level === "error" && message.startsWith("journal "),
        )
        const again = said.filter(({ message }) => message.endsWith("records are accepted again"))
        return complaints.length === 1 + again.length
      })
      yield* disk.free
      // What the disk took for a moment may have been less than all that waited.
      yield* statusWhen(
        api,
        "all is well again",
        (status) => allLive(status) && status.accounts.records.inFlight < 500,
      )
      yield* program.says(/records are accepted again/)
      const closing = yield* stops(program)
      assert.deepStrictEqual(closing.inFlight, { frames: 0, records: 0 })
      const files = recordFiles(join(cwd, "data/records"))
      wholeAndOnce(files)
      contiguous(tradeIds(files))
      assert.strictEqual(linesIn(files), closing.accepted)
    }),
  )
})

describe("millrace run, with a journal in memory", { timeout: 120_000 }, () => {
  it.live("writes no journal, and begins anew with each process", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const program = yield* run(cwd, { MILLRACE_JOURNAL__KIND: "memory" })
      const status = yield* statusWhen(yield* program.api, "all is live", allLive)
      assert.strictEqual(status.journal!.kind, "memory")
      yield* stops(program)
      assert.isFalse(existsSync(join(cwd, "data/journal")))
      assert.isAbove(linesIn(recordFiles(join(cwd, "data/records"))), 0)
      assert.notInclude(readFileSync(join(cwd, "data/records/.millrace/files.json"), "utf8"), "segments-")
    }),
  )
})
