import { Effect, type Scope } from "effect"
import { spawnSync } from "node:child_process"
import { appendFileSync, mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"

const mount = (folder: string): boolean => {
  mkdirSync(folder, { recursive: true })
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=16m,mode=0777", "tmpfs", folder]).status === 0
}

const unmount = (folder: string): void => void spawnSync("umount", ["--lazy", folder])

const mayMount = (() => {
  const folder = join("/tmp", `millrace-mount-${process.pid}`)
  const may = process.platform === "linux" && mount(folder)
  if (may) unmount(folder)
  rmSync(folder, { recursive: true, force: true })
  if (!may)
    process.stderr.write(
      "SKIPPED: this user may not mount a small disk: the tests on a full one do not run\n",
    )
  return may
})()

/** For `it.skipIf`: said in one line where it is true. */
export const disksAbsent = !mayMount

export interface SmallDisk {
  /** Leaves no byte free. */
  readonly fill: Effect.Effect<void>
  readonly free: Effect.Effect<void>
}

/** A real file system of 16 MiB at a folder: it is full when it is filled, however long a test takes. Unmounted with the scope. */
export const smallDisk = (folder: string): Effect.Effect<SmallDisk, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      if (!mount(folder)) throw new Error(`cannot mount at ${folder}`)
      const ballast = join(folder, "ballast")
      return {
        fill: Effect.sync(() => {
          // Somebody else writes meanwhile: what is left goes in smaller and smaller pieces.
          for (let size = 1 << 20; size > 0; size = size === 1 ? 0 : size >> 1) {
            try {
              for (;;) appendFileSync(ballast, Buffer.alloc(size))
            } catch {
              // no room for a piece of this size
            }
          }
        }),
        free: Effect.sync(() => rmSync(ballast)),
      }
    }),
    () => Effect.sync(() => unmount(folder)),
  )
