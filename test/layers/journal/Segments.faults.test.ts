import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Segments from "../../../layers/journal/Segments.ts"
import { start } from "../../support/command.ts"
import { numberOf } from "../../support/envelopes.ts"
import { quiet } from "../../support/filesSink.ts"
import { temporaryFolder } from "../../support/process.ts"
import { freshSeed, makeDice } from "../../support/seed.ts"

const program = "test/support/journalProgram.ts"

/** A process on a journal, killed with the scope. */
const running = (path: string, what: string) =>
  Effect.acquireRelease(
    Effect.sync(() => start(program, [path, what])),
    ({ child, ended }) => {
      child.kill("SIGKILL")
      return Effect.promise(() => ended)
    },
  )

const says = (process: { readonly says: (text: string) => Promise<void> }, text: string) =>
  Effect.promise(() => process.says(text))

const numbersIn = (path: string) =>
  Effect.gen(function* () {
    const { journal } = yield* Segments.make({ path, sinks: ["all"] })
    const { accepted } = yield* journal.status
    const reader = yield* journal.reader("all", "earliest")
    assert.strictEqual(reader.start, 0)
    const numbers: Array<number> = []
    while (numbers.length < accepted) {
      const batch = yield* reader.take(1000)
      assert.isUndefined(batch.lost)
      numbers.push(...batch.envelopes.map(numberOf))
    }
    return numbers
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer), quiet)

describe("segments of real processes", () => {
  it.live("are one process's: a second one is refused with what to do, until the first is killed", () =>
    Effect.gen(function* () {
      const path = `${yield* temporaryFolder}/journal`
      const first = yield* running(path, "hold")
      yield* says(first, "open")
      const second = yield* running(path, "hold")
      const { stdout } = yield* Effect.promise(() => second.ended)
      assert.match(
        stdout,
        /^journal refused: \S+ is in use by another process \(`fuser \S+lock` names it\): stop/,
      )
      // In this process as well, and the attempt does not let the other's lock go.
      const error = yield* Effect.flip(Segments.make({ path })).pipe(
        Effect.scoped,
        Effect.provide(NodeServices.layer),
      )
      assert.strictEqual(error.reason, "refused")
      first.child.kill("SIGKILL")
      yield* Effect.promise(() => first.ended)
      yield* says(yield* running(path, "hold"), "open")
    }).pipe(Effect.scoped),
  )

  it.live(
    "hold everything accepted, in order, after kill -9 at any moment",
    () =>
      Effect.gen(function* () {
        const seed = freshSeed()
        const dice = makeDice(seed)
        const path = `${yield* temporaryFolder}/journal`
        let accepted = 0
        for (let kill = 0; kill < 5; kill++) {
          const process = yield* running(path, "append")
          yield* says(process, "accepted ")
          yield* Effect.sleep(20 + dice.int(300))
          process.child.kill("SIGKILL")
          const { stdout } = yield* Effect.promise(() => process.ended)
          const said = Array.from(stdout.matchAll(/accepted (\d+)\n/g), ([, count]) => Number(count))
          accepted = Math.max(accepted, ...said)
          const numbers = yield* numbersIn(path)
          assert.isAtLeast(numbers.length, accepted, `MILLRACE_SEED=${seed}`)
          assert.deepStrictEqual(
            numbers,
            Array.from({ length: numbers.length }, (_, number) => number),
            `MILLRACE_SEED=${seed}`,
          )
          accepted = numbers.length
        }
      }).pipe(Effect.scoped),
    180_000,
  )

  it.live(
    "are whole up to a torn end after kill -9 while large groups are written",
    () =>
      Effect.gen(function* () {
        const seed = freshSeed()
        const dice = makeDice(seed)
        for (let kill = 0; kill < 8; kill++) {
          const path = `${yield* temporaryFolder}/journal`
          const process = yield* running(path, "flood")
          yield* says(process, "accepted ")
          yield* Effect.sleep(dice.int(60))
          process.child.kill("SIGKILL")
          yield* Effect.promise(() => process.ended)
          const { damage = [] } = yield* Segments.make({ path, sinks: ["all"] }).pipe(
            Effect.flatMap(({ journal }) => journal.status),
            Effect.scoped,
            Effect.provide(NodeServices.layer),
            quiet,
          )
          const worse = damage.filter(({ from, kind, to }) => kind !== "torn" || to > from)
          assert.deepStrictEqual(worse, [], `MILLRACE_SEED=${seed}`)
        }
      }).pipe(Effect.scoped),
    180_000,
  )
})
