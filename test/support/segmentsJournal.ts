import { NodeServices } from "@effect/platform-node"
import { Effect, FileSystem, Layer, Option } from "effect"
import * as Segments from "../../layers/journal/Segments.ts"
import { blockBytes, type DirectFile, type OpenDirect } from "../../layers/journal/segments/DirectFile.ts"
import { openFile } from "../../layers/journal/segments/Folder.ts"
import type { Lock } from "../../layers/journal/segments/Lock.ts"
import { type Dice, freshSeed, makeDice } from "./seed.ts"
import { type SimulatedDisk, simulatedDisk } from "./simulatedDisk.ts"

/** On a simulated disk there is no kernel to hold a lock. */
export const noLock: Lock = () => Effect.void

/** Writes past the cache of a simulated disk, which takes whole blocks where they belong or, now and then, none. */
export const simulatedDirect =
  (fs: FileSystem.FileSystem, dice: Dice): OpenDirect =>
  (path) =>
    Effect.map(
      Effect.option(openFile(fs, path, "r+")),
      Option.match({
        onNone: () => undefined,
        onSome: ({ file, close }): DirectFile => ({
          write: Effect.fnUntraced(function* (bytes, position) {
            const size = Number((yield* file.stat).size)
            if (position % blockBytes !== 0 || bytes.length % blockBytes !== 0)
              return yield* Effect.die("not in blocks")
            if (position !== size - (size % blockBytes))
              return yield* Effect.die(`at ${position}, and ${size} bytes are written`)
            if (dice.chance(0.1)) return false
            // A simulated file only grows: what is written once more is the same.
            yield* file.writeAll(bytes.subarray(size - position))
            return true
          }),
          close,
        }),
      }),
    )

/** A journal of a simulated process at `/journal`. */
export const segmentsOn = (fs: FileSystem.FileSystem, options: Partial<Segments.SegmentsOptions> = {}) =>
  Segments.make({ path: "/journal", lock: noLock, ...options }).pipe(
    Effect.provideService(FileSystem.FileSystem, fs),
  )

/** A new journal on a disk of its own, for a contract. */
export const simulatedSegments = (
  options: Partial<Segments.SegmentsOptions> = {},
  disk: () => SimulatedDisk = () => simulatedDisk(makeDice(freshSeed())),
) =>
  Layer.unwrap(
    Effect.sync(() =>
      Segments.layer({ path: "/journal", lock: noLock, ...options }).pipe(
        Layer.provide(Layer.succeed(FileSystem.FileSystem, disk().process().fs)),
      ),
    ),
  )

/** A new journal in a folder of this machine. */
export const realSegments = (options: Partial<Segments.SegmentsOptions> = {}) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* fs.makeTempDirectoryScoped({ prefix: "millrace-journal-" })
      return Segments.layer({ path, ...options })
    }),
  ).pipe(Layer.provide(NodeServices.layer))
