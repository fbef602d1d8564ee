import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  allLive,
  linesIn,
  type RecordFiles,
  recordFiles,
  statusOf,
  statusWhen,
  tradeIds,
  wellFormed,
  wholeAndOnce,
} from "../support/instance.ts"
import { journalByFile, sameRecords } from "../support/journalCat.ts"
import { exchange, run, stops } from "../support/journalRuns.ts"
import { type Program, request, runProgram, temporaryFolder, untilTrue } from "../support/process.ts"
import { withSeeds } from "../support/seed.ts"
import { newestGaps } from "../support/streamStates.ts"
import { parseRecord } from "../../src/domain/Record.ts"

const parse = (line: string) => parseRecord(line)

describe("millrace run, killed with -9 again and again", { timeout: 360_000 }, () => {
  it.live("has everything that it accepted in its files, once, in order, and goes on at its cursor", () =>
    withSeeds(1, (dice) =>
      Effect.gen(function* () {
        const cwd = yield* temporaryFolder
        const env = yield* exchange
        let accepted = 0
        for (let kill = 0; kill < 6; kill++) {
          const program = yield* run(cwd, env)
          const api = yield* program.api
          const status = yield* statusWhen(
            api,
            "records come",
            (seen) => seen.accounts.records.accepted > 200,
          )
          // Positions go on: nothing that was accepted is forgotten, and the sink is not given a second journal.
          assert.isAtLeast(status.journal!.accepted, accepted)
          assert.strictEqual(status.journal!.cursors.find(({ name }) => name === "files")!.began, 0)
          assert.isTrue(status.accounts.balanced)
          yield* Effect.sleep(dice.int(1_200))
          accepted = (yield* statusOf(api)).journal!.accepted
          yield* program.kill("SIGKILL")
          yield* program.ended
          wellFormed(program)
        }
        const last = yield* run(cwd, env)
        yield* statusWhen(yield* last.api, "all is live", allLive)
        const closing = yield* stops(last)
        const journal = yield* journalByFile(cwd)
        assert.isAtLeast(linesIn(journal), accepted)
        const files = recordFiles(join(cwd, "data/records"))
        wholeAndOnce(files)
        sameRecords(files, journal)
        assert.deepStrictEqual(closing.sinks, [{ name: "files", delivered: linesIn(files), waiting: 0 }])
        const check = yield* runProgram(["journal", "check", "data/journal"], { cwd })
        assert.strictEqual(check.code, 0, check.stdout)
      }),
    ),
  )
})

describe("millrace run, with a sink that is away", { concurrent: true, timeout: 180_000 }, () => {
  it.live("keeps everything for it over a kill and a restart, says so, and delivers it when it is back", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const env = {
        ...(yield* exchange),
        MILLRACE_SINKS: JSON.stringify([{ name: "files", type: "files", path: "blocked/records" }]),
      }
      writeFileSync(join(cwd, "blocked"), "in the way")
      const waiting = Effect.fnUntraced(function* (program: Program, more: number) {
        const seen = yield* statusWhen(
          yield* program.api,
          "records wait",
          ({ accounts }) => accounts.sinks[0]!.waiting > more,
        )
        return seen.accounts.sinks[0]!.waiting
      })
      const first = yield* run(cwd, env)
      const before = yield* waiting(first, 500)
      yield* first.kill("SIGKILL")
      yield* first.ended
      const second = yield* run(cwd, env)
      yield* waiting(second, before + 500)
      const left = yield* stops(second)
      const said = second.log().find(({ message }) => /were not delivered/.test(message))!
      assert.match(said.message, /they stay in the journal and are sent at the next start$/)
      assert.match(second.log().at(-1)!.message, /\d+ stay in the journal for the next start/)
      const third = yield* run(cwd, env)
      yield* waiting(third, left.sinks[0]!.waiting)
      rmSync(join(cwd, "blocked"))
      yield* statusWhen(
        yield* third.api,
        "it has everything",
        (seen) => seen.ready && seen.accounts.sinks[0]!.waiting < 100,
      )
      yield* stops(third)
      const files = recordFiles(join(cwd, "blocked/records"))
      wholeAndOnce(files)
      sameRecords(files, yield* journalByFile(cwd))
    }),
  )

  it.live(
    "gives it all that is whole of a journal that was damaged meanwhile, and counts, names and repairs the rest",
    () =>
      Effect.gen(function* () {
        const cwd = yield* temporaryFolder
        const env = {
          ...(yield* exchange),
          MILLRACE_SINKS: JSON.stringify([{ name: "files", type: "files", path: "blocked/records" }]),
        }
        writeFileSync(join(cwd, "blocked"), "in the way")
        const first = yield* run(cwd, env)
        yield* statusWhen(
          yield* first.api,
          "records wait",
          ({ accounts }) => accounts.sinks[0]!.waiting > 500,
        )
        const { accepted } = yield* stops(first)
        const stoppedAt = yield* Clock.currentTimeMillis
        const folder = join(cwd, "data/journal")
        const segment = readdirSync(folder).find((name) => name.endsWith(".journal"))
        const path = join(folder, segment!)
        const bytes = readFileSync(path)
        // Trades are among it: that what else there is stood together by chance would name no gap of numbers.
        const hole = bytes.indexOf('"tradeId"', bytes.length >> 1)
        bytes.fill(0x7b, hole, hole + 2_000)
        writeFileSync(path, bytes)
        rmSync(join(cwd, "blocked"))

        const second = yield* run(cwd, env)
        const status = yield* statusWhen(
          yield* second.api,
          "it has what there is",
          ({ accounts }) => accounts.sinks[0]!.delivered >= accepted,
        )
        const lost = status.accounts.sinks[0]!.dropped["damaged"]!
        assert.isAbove(lost, 0)
        assert.isBelow(lost, 20)
        assert.isTrue(status.accounts.balanced)
        const [damage] = status.journal!.damage!
        assert.deepInclude(damage, { kind: "damaged", file: segment! })
        assert.strictEqual(damage!.to - damage!.from, lost)
        const metrics = yield* request(`${yield* second.api}/metrics`)
        assert.match(metrics.text, new RegExp(`^millrace_journal_lost_records_total\\S* ${lost}$`, "m"))
        const gapsIn = (files: RecordFiles) =>
          newestGaps([...files].flatMap(([name, lines]) => (name.startsWith("gap/") ? lines : [])).map(parse))
        yield* untilTrue("every gap of trades is settled", () =>
          gapsIn(recordFiles(join(cwd, "blocked/records"), "left out")).every(
            ({ data }) => data.channel !== "trade" || data.repair !== "pending",
          ),
        )
        const closing = yield* stops(second)
        const files = recordFiles(join(cwd, "blocked/records"))
        wholeAndOnce(files)
        assert.strictEqual(linesIn(files), closing.sinks[0]!.delivered)

        // The hole lies in the first process's time: what is told of it ends before the restart.
        const told = gapsIn(files).filter(
          ({ data }) => data.cause === "restart" && (data.to.timestamp ?? Infinity) < stoppedAt,
        )
        assert.isAbove(told.length, 0)
        for (const [name, ids] of tradeIds(files)) {
          const came = new Set(ids)
          const own = gapsIn(files).filter(
            ({ data, symbol }) =>
              data.channel === "trade" && name.endsWith(`/${symbol}/${name.split("/")[3]}`),
          )
          for (let id = Math.min(...ids); id <= Math.max(...ids); id++)
            assert.isTrue(
              came.has(id) ||
                own.some(({ data }) => Number(data.from.sequence) <= id && id <= Number(data.to.sequence)),
              `${name}: ${id} is neither there nor named`,
            )
          for (const { data } of own) assert.strictEqual(data.repair, "complete", JSON.stringify(data))
        }
      }),
  )
})
