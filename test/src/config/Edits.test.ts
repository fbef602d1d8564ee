import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { edits } from "../../../src/config/Edits.ts"
import { temporaryFolder } from "../../support/process.ts"

describe("a configuration's files", () => {
  it.live("are read again once for each edit: in place, by another file in its place, taken away", () =>
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
      let seen = 0
      const act = Effect.sync(() => acts[seen]?.())
      yield* Effect.delay(act, "1500 millis").pipe(Effect.forkChild)
      yield* edits([first, second]).pipe(
        Stream.tap(() => {
          seen++
          return act
        }),
        Stream.interruptWhen(Effect.sleep("12 seconds")),
        Stream.take(acts.length),
        Stream.runDrain,
      )
      assert.strictEqual(seen, acts.length)
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
  )
})
