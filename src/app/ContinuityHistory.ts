import { Duration } from "effect"
import { dirname, join } from "node:path"
import * as Memory from "../../layers/continuity-history/Memory.ts"
import * as Sqlite from "../../layers/continuity-history/Sqlite.ts"
import type { ContinuityConfig } from "../../services/ContinuityConfig.ts"
import type { MillraceConfig } from "../config/Sections.ts"

/** The history in a file, beside the journal unless the configuration says otherwise. */
export const filedHistory = ({ continuity, journal }: MillraceConfig) =>
  Sqlite.layer({
    path: continuity.path ?? join(dirname(journal.path), "continuity.db"),
    retentionMillis: Duration.toMillis(continuity.history),
    maxBytes: continuity.maxSize,
  })

/** What an embedded collector remembers, in memory. */
export const embeddedHistory = ({ history }: ContinuityConfig) =>
  Memory.layer({ retentionMillis: Duration.toMillis(history), maxBytes: 16 * 1024 * 1024 })
