import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Stream } from "effect"
import { TestClock } from "effect/testing"
import { renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { edits } from "../../../src/config/Edits.ts"
import { temporaryFolder } from "../../support/process.ts"

describe("a configuration's files", () => {
  it.effect("are read again once for each edit: in place, by another file in its place, taken away", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const [first, second] = [join(folder, "a.yaml"), join(folder, "b.yaml")]
      writeFileSync(first, "one")
      writeFileSync(second, "two")
      const acts = [
        () => writeFileSync(first, "another"),
        () => {
          writeFileSync(join(folder, "new"), "two")
          renameSync(join(folder, "new"), second)
        },
        () => rmSync(first),
      ]
      const files = yield* FileSystem.FileSystem
      let looked = 0
      const counted = FileSystem.FileSystem.of({
        ...files,
        stat: (file) =>
          Effect.ensuring(
            files.stat(file),
            Effect.sync(() => looked++),
          ),
      })
      let seen = 0
      yield* edits([first, second]).pipe(
        Stream.runForEach(() => Effect.sync(() => seen++)),
        Effect.provideService(FileSystem.FileSystem, counted),
        Effect.forkScoped,
      )
      /** Until it has looked at both files again; looking is no matter of the clock. */
      const look = Effect.gen(function* () {
        const wanted = looked + 2
        yield* TestClock.adjust("1 second")
        do yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
        while (looked < wanted)
      })
      yield* look
      yield* look
      for (const [edit, act] of acts.entries()) {
        act()
        yield* look
        assert.strictEqual(seen, edit, "it may not be whole yet")
        yield* look
        assert.strictEqual(seen, edit + 1)
        yield* look
        assert.strictEqual(seen, edit + 1)
      }
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
  )
})
