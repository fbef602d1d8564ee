/** Builds `dist` anew: JavaScript, declarations and source maps of src, services and layers. */
import { spawnSync } from "node:child_process"
import { chmodSync, rmSync } from "node:fs"
import { join, resolve } from "node:path"

const root = resolve(import.meta.dirname, "..")
const dist = join(root, "dist")

// What is no longer in the sources must not be published.
rmSync(dist, { recursive: true, force: true })
const tsc = join(root, "node_modules/typescript/bin/tsc")
const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
})
if (status !== 0) process.exit(status ?? 1)
chmodSync(join(dist, "src/main.js"), 0o755) // the command
