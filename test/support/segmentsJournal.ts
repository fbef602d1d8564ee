import { NodeServices } from "@effect/platform-node"
import { Effect, FileSystem, Layer } from "effect"
import * as Segments from "../../layers/journal/Segments.ts"
import type { Lock } from "../../layers/journal/segments/Lock.ts"
import { freshSeed, makeDice } from "./seed.ts"
import { type SimulatedDisk, simulatedDisk } from "./simulatedDisk.ts"

/** On a simulated disk there is no kernel to hold a lock. */
export const noLock: Lock = () => Effect.void

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
