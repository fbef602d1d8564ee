/** Builds `dist` anew: JavaScript, declarations and source maps of src, services and layers. */
import { execFileSync } from "node:child_process"
import { chmodSync, existsSync, rmSync } from "node:fs"
import { join, resolve } from "node:path"

const root = resolve(import.meta.dirname, "..")
const dist = join(root, "dist")

// What is no longer in the sources must not be published.
rmSync(dist, { recursive: true, force: true })
execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
})
const command = join(dist, "src/main.js")
if (existsSync(command)) chmodSync(command, 0o755)
