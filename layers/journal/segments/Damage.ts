import type { JournalDamage } from "../../../services/Journal.ts"

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
