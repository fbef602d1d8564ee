import { Effect } from "effect"
import { renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** What a disk does to whoever writes to it. */
export type DiskTrouble =
  | { readonly kind: "none" }
  | { readonly kind: "write" | "sync"; readonly code: "ENOSPC" | "EIO" }
  | { readonly kind: "slow"; readonly millis: number }

const preload = fileURLToPath(new URL("faultyDisk.ts", import.meta.url))

/** The environment of a program whose disk can be troubled, and how to do it. */
export const troubledDisk = (folder: string, below: string) => {
  const path = join(folder, "disk.json")
  const set = (trouble: DiskTrouble) =>
    Effect.sync(() => {
      writeFileSync(`${path}.new`, JSON.stringify(trouble))
      renameSync(`${path}.new`, path)
    })
  return {
    set,
    env: { NODE_OPTIONS: `--import ${preload}`, FAULTS_DISK: path, FAULTS_DISK_BELOW: below },
  }
}
