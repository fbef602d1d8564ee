import { Duration } from "effect"
import * as Files from "../../layers/dead-letters/Files.ts"
import * as Memory from "../../layers/dead-letters/Memory.ts"
import { defaultMaxLetters } from "../../services/DeadLetters.ts"
import type { DeadLettersConfig } from "../../services/DeadLettersConfig.ts"

/** The store of dead letters in files, as a configuration has it. */
export const filedDeadLetters = ({ path, maxSize, retention }: DeadLettersConfig) =>
  Files.layer({
    path,
    maxBytes: maxSize,
    maxLetters: defaultMaxLetters,
    retentionMillis: Duration.toMillis(retention),
  })

/** What an embedded collector keeps of them, in memory. */
export const embeddedDeadLetters = ({ retention }: DeadLettersConfig) =>
  Memory.layer({
    maxBytes: 8 * 1024 * 1024,
    maxLetters: 10_000,
    retentionMillis: Duration.toMillis(retention),
  })
