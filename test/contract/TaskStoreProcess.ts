import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, type Scope } from "effect"
import { spawn } from "node:child_process"
import { TaskStore } from "../../services/TaskStore.ts"
import { untilTrue } from "../support/process.ts"
import { withSeeds } from "../support/seed.ts"

interface Place {
  /** How test/support/taskStoreProgram.ts is told of it. */
  readonly args: ReadonlyArray<string>
  readonly store: Layer.Layer<TaskStore>
}

export interface TaskStoreProcessContract {
  readonly name: string
  /** Where nothing is kept. */
  readonly make: Effect.Effect<Place, unknown, Scope.Scope>
  readonly skip?: boolean
}

const saving = (args: ReadonlyArray<string>, first: number) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, ["test/support/taskStoreProgram.ts", String(first), ...args], {
        stdio: ["ignore", "pipe", "inherit"],
      })
      let said = ""
      let gone = false
      child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")))
      child.once("close", () => (gone = true))
      const last = () => Number(said.split("\n").slice(0, -1).at(-1)?.slice("saved ".length) ?? 0)
      return { child, last, gone: () => gone }
    }),
    ({ child }) => Effect.sync(() => void child.kill("SIGKILL")),
  )

const held = Effect.gen(function* () {
  const store = yield* TaskStore
  const revisions = (yield* store.list()).map(({ revision }) => revision)
  const [revision] = revisions
  assert.deepStrictEqual(revisions, [revision, revision, revision], "a save is there whole or not at all")
  const checkpoint = (yield* store.checkpoint("a"))?.journalPosition ?? 0
  assert.isTrue(checkpoint === revision || checkpoint === revision! - 1)
  return { revision: revision!, checkpoint }
})

/** Every store that outlives its process promises this. */
export const taskStoreProcessContract = ({ make, name, skip = false }: TaskStoreProcessContract): void => {
  describe(`${name} as a store of tasks, and the process that writes it`, { timeout: 120_000 }, () => {
    it.live.skipIf(skip)(
      "survive kill -9: every save that had returned is there, and the next process goes on",
      () =>
        withSeeds(1, (dice) =>
          Effect.scoped(
            Effect.gen(function* () {
              const { args, store } = yield* make
              let before = 0
              for (let life = 0; life < 2; life++) {
                const { child, gone, last } = yield* saving(args, before + 1)
                const enough = before + 1 + dice.int(60)
                yield* untilTrue("some are saved", () => last() >= enough)
                yield* Effect.sleep(dice.int(20))
                child.kill("SIGKILL")
                yield* untilTrue("it is gone", gone)
                const saved = last()
                const { checkpoint, revision } = yield* Effect.scoped(Effect.provide(held, store))
                // The one in hand may be there without its having been said.
                assert.isAtLeast(checkpoint, saved)
                assert.isAtMost(revision, saved + 1)
                before = revision
              }
            }),
          ).pipe(Effect.orDie),
        ),
    )
  })
}
