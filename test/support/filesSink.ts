import { Effect, FileSystem, References } from "effect"
import * as Files from "../../layers/sink/Files.ts"
import type { JournalIdentity } from "../../services/Journal.ts"
import type { SimulatedDisk } from "./simulatedDisk.ts"

export const quiet = Effect.provideService(References.MinimumLogLevel, "None")

export const temporary: JournalIdentity = { id: "memory-1", durable: false }
export const durable: JournalIdentity = { id: "journal-1", durable: true }

export const linesOf = (disk: SimulatedDisk): ReadonlyArray<string> =>
  Array.from(disk.files())
    .filter(([path]) => path.endsWith(".jsonl"))
    .flatMap(([, text]) => text.split("\n").slice(0, -1))

export const filesOn = (fs: FileSystem.FileSystem, options: Partial<Files.FilesOptions> = {}) =>
  Files.make({ name: "files", path: "data", leastPause: 0, ...options }).pipe(
    Effect.provideService(FileSystem.FileSystem, fs),
  )
