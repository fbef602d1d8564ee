import { mkdtempSync } from "node:fs"
import { join } from "node:path"
import { absent, addressesOf, runFolder, runScript, up } from "./servers.ts"

export interface Postgres {
  /** Its database, where everyone on loopback may do everything. */
  readonly url: string
  readonly stop: () => void
}

/** A PostgreSQL for one test file; `stop` it at the end. `undefined` where there is none. */
export const ownPostgres = (): Postgres | undefined => {
  const folder = mkdtempSync(join(runFolder(), "postgres-"))
  const result = up("postgres.sh", folder, (port) => [String(port)])
  if (!result.ok) return absent("PostgreSQL", result.complaint)
  const { url = "" } = addressesOf(result.output)
  return { url, stop: () => void runScript("postgres.sh", ["down", folder]) }
}
