import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { appendFileSync } from "node:fs"
import { join } from "node:path"
import { allLive, closingLine, linesIn, recordFiles, statusWhen, wholeAndOnce } from "../support/instance.ts"
import { afterWork, runOneVenue, startProgram, temporaryFolder } from "../support/process.ts"
import { type Dice, withSeeds } from "../support/seed.ts"

const start = Effect.fnUntraced(function* (cwd: string) {
  const program = yield* startProgram(runOneVenue, { cwd, env: { MILLRACE_SERVER__PORT: "0" } })
  return { program, files: () => recordFiles(join(cwd, "data/records")) }
})

/** Node's own start, and the first module with the handlers: a tenth of a second of work where nothing is compiled yet. */
const begun = 0.25

/** A moment while it loads and starts, in seconds of its own work, or while it runs. */
const aMoment = (dice: Dice) =>
  dice.chance(0.6) ? { work: begun + dice.next() * 1.1, rest: 0 } : { work: 0.3, rest: 500 + dice.int(2500) }

const together = { concurrency: 4, discard: true } as const

describe("millrace run", { timeout: 180_000 }, () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    it.live(`ends with 0 and whole lines whenever ${signal} comes, and has everything that it accepted`, () =>
      withSeeds(1, (dice) =>
        Effect.forEach(
          Array.from({ length: signal === "SIGTERM" ? 10 : 2 }, () => aMoment(dice)),
          ({ work, rest }) =>
            Effect.scoped(
              Effect.gen(function* () {
                const { program, files } = yield* start(yield* temporaryFolder)
                yield* afterWork(program, work)
                yield* Effect.sleep(rest)
                yield* program.kill(signal)
                assert.deepStrictEqual(
                  yield* program.ended,
                  { code: 0, signal: null },
                  `after ${work} s of work and ${rest} ms: ${program.stderr()}`,
                )
                wholeAndOnce(files())
                const lines = linesIn(files())
                if (lines > 0) assert.strictEqual(lines, closingLine(program).accepted)
              }),
            ),
          together,
        ),
      ),
    )

  it.live("leaves at once with 130 on a second signal", () =>
    Effect.gen(function* () {
      // A sink that nobody reads cannot drain.
      const cwd = yield* temporaryFolder
      const program = yield* startProgram(runOneVenue, {
        cwd,
        deafStdout: true,
        env: {
          MILLRACE_SERVER__PORT: "0",
          MILLRACE_SIMULATOR__RATE: "5000",
          MILLRACE_SINKS: JSON.stringify([{ name: "out", type: "stdout" }]),
        },
      })
      yield* statusWhen(yield* program.api, "records wait for the sink", ({ accounts }) =>
        accounts.sinks.some(({ waiting }) => waiting > 1000),
      )
      yield* program.kill("SIGTERM")
      // Two signals that nobody has heard yet are one; so are two of a kind in quick succession.
      yield* statusWhen(yield* program.api, "it has heard the first", ({ venues }) =>
        venues.every(({ connections }) => connections.every(({ state }) => state !== "open")),
      )
      yield* Effect.sleep(500)
      assert.isNull(program.process.exitCode)
      yield* program.kill("SIGTERM")
      assert.deepStrictEqual(yield* program.ended, { code: 130, signal: null })
    }),
  )

  it.live("finds whole lines in its files after it was killed, and goes on behind them", () =>
    withSeeds(1, (dice) =>
      Effect.forEach(
        [1, 2, 3],
        () =>
          Effect.scoped(
            Effect.gen(function* () {
              const cwd = yield* temporaryFolder
              const first = yield* start(cwd)
              yield* statusWhen(
                yield* first.program.api,
                "all is live, and files are there",
                (status) => allLive(status) && status.accounts.sinks[0]!.delivered > 0,
              )
              yield* Effect.sleep(dice.int(1000))
              yield* first.program.kill("SIGKILL")
              yield* first.program.ended
              const before = recordFiles(join(cwd, "data/records"), "left out")
              // What a power cut leaves of a write.
              const torn = dice.pick([...before.keys()])
              appendFileSync(join(cwd, "data/records", `${torn}.jsonl`), '{"type":"trade","exchange":"bin')

              const second = yield* start(cwd)
              yield* statusWhen(yield* second.program.api, "all is live again", allLive)
              yield* second.program.kill("SIGTERM")
              assert.strictEqual((yield* second.program.ended).code, 0)
              const after = second.files()
              wholeAndOnce(after)
              for (const [name, lines] of before)
                assert.deepStrictEqual(after.get(name)?.slice(0, lines.length), lines, name)
              // What the first one had accepted, and everything since.
              const { accepted, balanced, sinks } = closingLine(second.program)
              assert.isTrue(balanced)
              assert.deepStrictEqual(sinks, [{ name: "files", delivered: linesIn(after), waiting: 0 }])
              assert.isAtLeast(linesIn(after) - linesIn(before), accepted)
            }),
          ),
        { concurrency: 3, discard: true },
      ),
    ),
  )
})
