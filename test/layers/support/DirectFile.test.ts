import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { alignedBuffer, blockBytes, openDirect } from "../../../layers/support/DirectFile.ts"
import { numbered } from "../../support/directFile.ts"
import { temporaryFolder } from "../../support/process.ts"

const opened = Effect.fnUntraced(function* (path: string) {
  writeFileSync(path, "")
  const file = yield* openDirect(path)
  if (file === undefined) return yield* Effect.die("this system writes nothing past its cache")
  yield* Effect.addFinalizer(() => file.close)
  return file
})

describe("a file written past the system's cache", () => {
  it.live("holds the blocks that it was given, where they belong", () =>
    Effect.gen(function* () {
      const path = `${yield* temporaryFolder}/blocks`
      const file = yield* opened(path)
      const blocks = numbered(alignedBuffer(8 * blockBytes)!.subarray(0, 8 * blockBytes))
      assert.isTrue(yield* file.write(blocks.subarray(0, 3 * blockBytes), 0))
      assert.isTrue(yield* file.write(blocks.subarray(3 * blockBytes), 3 * blockBytes))
      assert.isTrue(readFileSync(path).equals(blocks))
    }).pipe(Effect.scoped),
  )

  it.live("says that it does not take what is not in blocks, and has nothing of it", () =>
    Effect.gen(function* () {
      const path = `${yield* temporaryFolder}/blocks`
      const file = yield* opened(path)
      assert.isFalse(yield* file.write(alignedBuffer(blockBytes)!.subarray(0, 100), 0))
      assert.strictEqual(readFileSync(path).length, 0)
    }).pipe(Effect.scoped),
  )

  it.live("is none where there is no such file", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* openDirect(`${yield* temporaryFolder}/nowhere`))
    }).pipe(Effect.scoped),
  )
})
