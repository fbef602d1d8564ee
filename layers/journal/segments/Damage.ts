import { runCursorPrefix } from "../../../services/Journal.ts"
import { Effect } from "effect"
import type { JournalDamage } from "../../../services/Journal.ts"
import type { Opened } from "./Opening.ts"

/** The latest damage, each said once however often it is met. */
export class DamageLog {
  private readonly entries = new Map<string, JournalDamage>()
  private readonly limit = 100

  /** Whether it was not known yet. */
  add(damage: JournalDamage): boolean {
    const key = `${damage.file}:${damage.kind}:${damage.from}:${damage.to}:${damage.detail}`
    if (this.entries.has(key)) return false
    if (this.entries.size >= this.limit) this.entries.delete(this.entries.keys().next().value!)
    this.entries.set(key, damage)
    return true
  }

  get all(): ReadonlyArray<JournalDamage> {
    return Array.from(this.entries.values())
  }
}

/** One line for a log. */
export const describeDamage = ({ kind, file, from, to, detail }: JournalDamage): string =>
  `${file}: ${kind}: ${detail}${to > from ? `; ${to - from} accepted records are lost (${from} to ${to - 1})` : ""}`

/** What opening has found, for whoever reads the log. */
export const sayWhatWasFound = Effect.fnUntraced(function* (
  folder: string,
  { cursors, damage, strays, uncertain }: Opened,
  sinks: ReadonlyArray<string> | undefined,
) {
  for (const each of damage)
    yield* Effect.logWithLevel(each.kind === "torn" ? "Info" : "Warn")(
      `journal ${folder}: ${describeDamage(each)}`,
    )
  const count = uncertain.reduce((sum, { envelopes }) => sum + envelopes.length, 0)
  if (count > 0)
    yield* Effect.logInfo(
      `journal ${folder}: ${count} records were written and not yet accepted when the last process ended: they go on now`,
    )
  if (strays.length > 0)
    yield* Effect.logWarning(`journal ${folder}: left alone, since not the journal's: ${strays.join(", ")}`)
  if (sinks === undefined) return
  for (const { name } of cursors)
    if (!sinks.includes(name) && !name.startsWith(runCursorPrefix))
      yield* Effect.logWarning(
        `journal ${folder}: the cursor of "${name}" has no sink in the configuration, and holds no segments beyond their retention. If the sink is gone for good: \`millrace journal cursors ${folder} --forget ${name}\``,
      )
})
