import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { join } from "node:path"
import * as Sqlite from "../../../layers/continuity-history/Sqlite.ts"
import { ContinuityHistory } from "../../../services/ContinuityHistory.ts"
import { day, limits, noon } from "../../support/continuity.ts"
import { temporaryFolder, untilTrue } from "../../support/process.ts"
import { withSeeds } from "../../support/seed.ts"

const program = "test/support/continuityProgram.ts"

/** The program, and what it said so far; below a limit for the size of any file, in KiB, where one is given. */
const writing = (
  path: string,
  first: number,
  kibibytes?: number,
): Effect.Effect<
  { readonly child: ChildProcess; readonly says: () => ReadonlyArray<string>; readonly gone: () => boolean },
  never,
  Scope.Scope
> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const limit = kibibytes === undefined ? "" : `ulimit -S -f ${kibibytes}; `
      const child = spawn(
        "bash",
        ["-c", `${limit}exec "$0" "$@"`, process.execPath, program, path, String(first)],
        {
          stdio: ["ignore", "pipe", "inherit"],
        },
      )
      let said = ""
      let gone = false
      child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")))
      child.once("close", () => (gone = true))
      return { child, says: () => said.split("\n").slice(0, -1), gone: () => gone }
    }),
    ({ child }) => Effect.sync(() => void child.kill("SIGKILL")),
  )

const lastWritten = (lines: ReadonlyArray<string>): number =>
  Number(lines.findLast((line) => line.startsWith("written "))?.slice("written ".length) ?? 0)

/** How many batches a history holds, none of them in part. */
const held = (path: string) =>
  Effect.gen(function* () {
    const history = yield* ContinuityHistory
    const { gapsLeftOut, streams } = yield* history.read({ from: noon, to: noon + 3000 * day, limit: 0 })
    const [stream] = streams
    assert.strictEqual(stream!.received, 50 * stream!.gaps, "a batch is there whole or not at all")
    assert.strictEqual(stream!.missing, 10 * stream!.gaps)
    assert.strictEqual(gapsLeftOut, stream!.gaps)
    return stream!.gaps
  }).pipe(Effect.provide(Sqlite.layer({ ...limits, path }).pipe(Layer.provide(NodeServices.layer))))

describe("a history in an SQLite file and the process that writes it", { timeout: 180_000 }, () => {
  it.live("survive kill -9: every batch that was written is there, whole and once, and it goes on", () =>
    withSeeds(1, (dice) =>
      Effect.scoped(
        Effect.gen(function* () {
          const path = join(yield* temporaryFolder, "history.db")
          let before = 0
          for (let life = 0; life < 2; life++) {
            const { child, gone, says } = yield* writing(path, before + 1)
            const enough = before + 1 + dice.int(100)
            yield* untilTrue("some are written", () => lastWritten(says()) >= enough)
            yield* Effect.sleep(dice.int(20))
            child.kill("SIGKILL")
            yield* untilTrue("it is gone", gone)
            const written = lastWritten(says())
            before = yield* held(path)
            // The one in hand may be there without its having been said.
            assert.isTrue(before === written || before === written + 1, `${before} of ${written}`)
          }
        }),
      ).pipe(Effect.orDie),
    ),
  )

  it.live("say that a disk takes no more, lose nothing that was written, and go on when there is room", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const path = join(yield* temporaryFolder, "history.db")
        const { child, gone, says } = yield* writing(path, 1, 512)
        yield* untilTrue("the disk takes no more", () => says().some((line) => line.startsWith("failed ")))
        const failure = says().find((line) => line.startsWith("failed "))
        assert.include(["failed full", "failed io"], failure)
        const before = lastWritten(says())
        assert.isAbove(before, 0)
        execFileSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited:"])
        yield* untilTrue("it goes on", () => lastWritten(says()) > before + 5)
        child.kill("SIGKILL")
        yield* untilTrue("it is gone", gone)
        assert.isAtLeast(yield* held(path), lastWritten(says()))
      }),
    ),
  )
})
