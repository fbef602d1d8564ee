import { type FileSystem, Effect, Layer } from "effect"
import * as MemoryJournal from "../../layers/journal/Memory.ts"
import * as Segments from "../../layers/journal/Segments.ts"
import type { Journal, JournalError } from "../../services/Journal.ts"
import type { JournalCheckpoints } from "../../services/JournalCheckpoints.ts"
import { catalog } from "../../services/MetricCatalog.ts"
import { Metrics } from "../../services/Metrics.ts"
import { shareOut } from "../collect/MemoryBudget.ts"
import type { MillraceConfig } from "../config/Sections.ts"

/**
 * The journal as a configuration has it. Half of the memory for waiting records is its own, of either kind: what the
 * sinks have not delivered in memory, what waits for a sync or for a sink that keeps up beside the disk.
 */
export const journalLayer = (
  { journal, overload }: MillraceConfig,
  sinks: ReadonlyArray<string>,
): Layer.Layer<Journal | JournalCheckpoints, JournalError, FileSystem.FileSystem | Metrics> =>
  Layer.unwrap(
    Effect.map(Metrics, ({ series }) => {
      const memory = shareOut(overload.memory, 1, sinks.length).journal
      if (journal.kind === "memory") return MemoryJournal.layer({ capacityBytes: memory })
      const { path, syncInterval, segmentSize, maxSize, retention, whenFull } = journal
      return Segments.layer({
        path,
        syncInterval,
        segmentSize,
        maxSize,
        retention,
        whenFull: (channel) => whenFull[channel] ?? "block",
        sinks,
        memory,
        onDamage: ({ kind, from, to }) => {
          series.counter(catalog.journalDamage, { reason: kind }).add(1)
          if (to > from) series.counter(catalog.journalLost, {}).add(to - from)
        },
      })
    }),
  )
