import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer } from "effect"
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Files from "../../../layers/dead-letters/Files.ts"
import { DeadLetters, type DeadLettersLimits } from "../../../services/DeadLetters.ts"
import { all, deadLettersContract, draft } from "../../contract/DeadLetters.ts"
import { temporaryFolder } from "../../support/process.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"
import { simulatedDisk } from "../../support/simulatedDisk.ts"

const limits: DeadLettersLimits = { maxBytes: 10_000_000, maxLetters: 100_000, retentionMillis: 3_600_000 }

const onDisk = (path: string, change: Partial<DeadLettersLimits> = {}) =>
  Files.layer({ ...limits, ...change, path }).pipe(Layer.provide(NodeServices.layer))

deadLettersContract({
  name: "files",
  make: (bounds) => Effect.map(temporaryFolder, (folder) => onDisk(join(folder, "dead"), bounds)),
})

const put = (...numbers: ReadonlyArray<number>) =>
  Effect.flatMap(DeadLetters, (store) => store.put(numbers.map((number) => draft(number))))

const numbers = Effect.map(all({ limit: 500 }), (letters) => letters.map(({ receivedAt }) => receivedAt))

const files = (folder: string) => readdirSync(folder).sort()

describe("dead letters in files", () => {
  it.effect("outlive the process, numbered on", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* put(1, 2).pipe(Effect.provide(onDisk(folder)))
      yield* Effect.gen(function* () {
        assert.strictEqual((yield* (yield* DeadLetters).status).letters, 2)
        yield* put(3)
        assert.deepStrictEqual(
          (yield* all()).map(({ sequence, receivedAt }) => [sequence, receivedAt]),
          [1, 2, 3].map((number) => [number, number]),
        )
      }).pipe(Effect.provide(onDisk(folder)))
      assert.strictEqual(files(folder).length, 1)
    }),
  )

  it.effect("heal a torn line before anything is written behind it", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* put(1, 2).pipe(Effect.provide(onDisk(folder)))
      const path = join(folder, files(folder)[0]!)
      appendFileSync(path, readFileSync(path).subarray(0, 100))
      yield* Effect.gen(function* () {
        // A reader, which may be another process than the writer's, changes nothing.
        assert.deepStrictEqual(yield* numbers, [1, 2])
        assert.isFalse(readFileSync(path, "utf8").endsWith("\n"))
        yield* put(3)
        assert.deepStrictEqual(yield* numbers, [1, 2, 3])
      }).pipe(Effect.provide(onDisk(folder)))
      const lines = readFileSync(path, "utf8").split("\n")
      assert.strictEqual(lines.length, 4)
    }),
  )

  it.effect("skip a damaged line, say so, and lose none behind it", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* put(1, 2, 3).pipe(Effect.provide(onDisk(folder)))
      const path = join(folder, files(folder)[0]!)
      const bytes = Buffer.from("frame 2").toString("base64")
      const other = Buffer.from("frame X").toString("base64")
      writeFileSync(path, readFileSync(path, "utf8").replace(bytes, other))
      yield* Effect.gen(function* () {
        const store = yield* DeadLetters
        const page = yield* store.list({ order: "oldest", limit: 10 })
        assert.deepStrictEqual(
          page.letters.map(({ sequence }) => sequence),
          [1, 3],
        )
        assert.strictEqual(page.damaged, 1)
        yield* put(4)
        assert.deepStrictEqual(yield* numbers, [1, 3, 4])
      }).pipe(Effect.provide(onDisk(folder)))
    }),
  )

  const simulated = (dice: Dice) => {
    const disk = simulatedDisk(dice)
    const process = (killAt?: number) => {
      const { fs, killed } = disk.process(killAt)
      const layer = Files.layer({ ...limits, maxLetters: 1600, path: "dead" }).pipe(
        Layer.provide(Layer.succeed(FileSystem.FileSystem, fs)),
      )
      return { layer, killed }
    }
    return { disk, process }
  }

  it.effect(
    "survive a power cut at any file operation: what was put is there, whole, once and in order",
    () =>
      withSeeds(30, (dice) =>
        Effect.gen(function* () {
          const { disk, process } = simulated(dice)
          const skipped = new Set<number>()
          let next = 1
          let acknowledged = 0
          for (let life = 0; life < 4; life++) {
            const { layer, killed } = process(1 + dice.int(60))
            const work = Effect.forever(
              Effect.gen(function* () {
                const batch = Array.from({ length: 1 + dice.int(150) }, () => next++)
                yield* put(...batch)
                acknowledged = batch.at(-1)!
              }),
            ).pipe(Effect.provide(layer))
            // A killed process never answers again, also not to an interruption.
            yield* Effect.forkDetach(work)
            yield* killed
            disk.cutPower()
            const found = yield* numbers.pipe(Effect.provide(process().layer))
            const ordered = found.toSorted((a, b) => a - b)
            assert.deepStrictEqual(found, ordered)
            assert.strictEqual(new Set(found).size, found.length)
            const kept = new Set(found)
            // Numbers of a batch that was never acknowledged may be there or not.
            const lost = Array.from({ length: acknowledged }, (_, index) => index + 1).filter(
              (number) => number > acknowledged - 1000 && !kept.has(number) && !skipped.has(number),
            )
            assert.deepStrictEqual(lost, [])
            for (let number = acknowledged + 1; number < next; number++) skipped.add(number)
            acknowledged = next - 1
          }
        }).pipe(Effect.orDie),
      ),
  )

  it.effect("leave nothing of a put that failed, and take it again once there is room", () =>
    withSeeds(40, (dice) =>
      Effect.gen(function* () {
        const { disk, process } = simulated(dice)
        yield* Effect.gen(function* () {
          yield* put(1, 2, 3)
          let left = dice.int(12)
          disk.fault = (operation) =>
            (operation === "write" || operation === "sync" || operation === "open") && left-- <= 0
              ? "ENOSPC"
              : undefined
          const batch = Array.from({ length: 1 + dice.int(400) }, (_, index) => 4 + index)
          let failures = 0
          let done = false
          while (!done) {
            const exit = yield* Effect.exit(put(...batch))
            done = exit._tag === "Success"
            if (!done && ++failures > 3) left = Number.POSITIVE_INFINITY
          }
          disk.fault = () => undefined
          yield* put(1000)
          assert.deepStrictEqual(yield* numbers, [1, 2, 3, ...batch, 1000])
        }).pipe(Effect.provide(process().layer))
        const again = yield* all().pipe(Effect.provide(process().layer))
        assert.deepStrictEqual(
          again.map(({ sequence }) => sequence),
          again.map((_, index) => index + 1),
        )
      }).pipe(Effect.orDie),
    ),
  )
})
