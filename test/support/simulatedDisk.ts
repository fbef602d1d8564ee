import { ByteSize, Effect, FileSystem, Option, PlatformError } from "effect"
import type { Dice } from "./seed.ts"

interface Inode {
  bytes: Buffer
  /** What a power cut leaves at least. */
  synced: Buffer
  /** A sync of it has failed: the system dropped what it could not write, and no later sync makes up for it. */
  betrayed?: true
}

type Operation =
  | "open"
  | "write"
  | "sync"
  | "truncate"
  | "rename"
  | "remove"
  | "makeDirectory"
  | "readDirectory"
  | "read"
  | "stat"

/** The system's code with which an operation on a path fails, or `undefined`. */
export type DiskFault = (operation: Operation, path: string) => string | undefined

/**
 * A disk in memory that can lose what was not synced. Each `process` sees it through a FileSystem of its own, which
 * can be killed at its n-th operation: that one happens in part or not at all, and nothing ever answers again.
 */
export interface SimulatedDisk {
  readonly process: (killAtOperation?: number) => {
    readonly fs: FileSystem.FileSystem
    readonly operations: () => number
    readonly kill: () => void
    readonly killed: Effect.Effect<void>
  }
  /** Loses bytes, new files and renames that were not synced, all or some of them. */
  readonly cutPower: () => void
  /** Text of every file, by path. */
  readonly files: () => ReadonlyMap<string, string>
  /** Changes a file behind everyone's back: its bytes, or no file at all. Synced at once. */
  readonly tamper: (path: string, change: (bytes: Buffer) => Buffer | undefined) => void
  fault: DiskFault
}

const tags: Readonly<Record<string, PlatformError.SystemErrorTag>> = {
  ENOENT: "NotFound",
  EACCES: "PermissionDenied",
  EEXIST: "AlreadyExists",
}

const failure = (method: string, path: string, code: string): PlatformError.PlatformError =>
  PlatformError.systemError({
    _tag: tags[code] ?? "Unknown",
    module: "FileSystem",
    method,
    pathOrDescriptor: path,
    cause: Object.assign(new Error(`${code}: ${method}`), { code }),
  })

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf("/")))

export const simulatedDisk = (dice: Dice): SimulatedDisk => {
  let names = new Map<string, Inode>()
  let syncedNames = new Map<string, Inode>()
  const folders = new Set<string>(["/", "."])

  const cutPower = (): void => {
    const survivors = new Map(syncedNames)
    // The system may have written some of it by itself.
    for (const [path, inode] of names) if (dice.chance(0.3)) survivors.set(path, inode)
    for (const path of syncedNames.keys()) if (!names.has(path) && dice.chance(0.3)) survivors.delete(path)
    names = survivors
    for (const inode of new Set(names.values())) {
      const whole = inode.bytes.subarray(0, inode.synced.length).equals(inode.synced)
      const kept = inode.synced.length + dice.int(Math.max(0, inode.bytes.length - inode.synced.length) + 1)
      inode.bytes = whole && dice.chance(0.5) ? inode.bytes.subarray(0, kept) : inode.synced
      inode.synced = inode.bytes
      delete inode.betrayed
    }
    syncedNames = new Map(names)
  }

  const files = (): ReadonlyMap<string, string> =>
    new Map(Array.from(names, ([path, inode]) => [path, inode.bytes.toString("utf8")]))

  const tamper: SimulatedDisk["tamper"] = (path, change) => {
    const bytes = change(names.get(path)?.bytes ?? Buffer.alloc(0))
    if (bytes === undefined) {
      names.delete(path)
      syncedNames.delete(path)
      return
    }
    const inode = { bytes, synced: bytes }
    names.set(path, inode)
    syncedNames.set(path, inode)
  }

  const disk: SimulatedDisk = {
    cutPower,
    files,
    tamper,
    fault: () => undefined,
    process: (killAtOperation = Number.POSITIVE_INFINITY) => {
      let operations = 0
      let dead = false
      let onKilled: () => void = () => {}
      const killed = new Promise<void>((resolve) => (onKilled = resolve))

      /** `apply` does it; `inPart` does some of it, for the operation during which the process is killed; `onFault` for one that fails. */
      const operation = <A>(
        kind: Operation,
        path: string,
        apply: () => A | PlatformError.PlatformError,
        inPart: () => void = () => {},
        onFault: () => void = inPart,
      ): Effect.Effect<A, PlatformError.PlatformError> =>
        Effect.suspend(() => {
          if (dead) return Effect.never
          operations++
          if (operations >= killAtOperation) {
            dead = true
            if (dice.chance(0.5)) inPart()
            onKilled()
            return Effect.never
          }
          const code = disk.fault(kind, path)
          if (code !== undefined) {
            onFault()
            return Effect.fail(failure(kind, path, code))
          }
          const done = apply()
          return done instanceof PlatformError.PlatformError ? Effect.fail(done) : Effect.succeed(done)
        }).pipe((effect) => (dice.chance(0.3) ? Effect.andThen(Effect.yieldNow, effect) : effect))

      const info = (inode: Inode | undefined): FileSystem.File.Info => ({
        type: inode === undefined ? "Directory" : "File",
        mtime: Option.none(),
        atime: Option.none(),
        birthtime: Option.none(),
        dev: 0n,
        ino: Option.none(),
        mode: 0o644,
        nlink: Option.none(),
        uid: Option.none(),
        gid: Option.none(),
        rdev: Option.none(),
        size: ByteSize.bytes(inode?.bytes.length ?? 0),
        blksize: Option.none(),
        blocks: Option.none(),
      })

      const fileOf = (path: string, inode: Inode): FileSystem.File => {
        const append = (bytes: Uint8Array) => {
          inode.bytes = Buffer.concat([inode.bytes, bytes])
        }
        const writeAll = (bytes: Uint8Array) => {
          // The caller may use the buffer again once the write has answered.
          const copy = Buffer.from(bytes)
          return operation(
            "write",
            path,
            () => append(copy),
            () => append(copy.subarray(0, dice.int(copy.length + 1))),
          )
        }
        return {
          [FileSystem.FileTypeId]: FileSystem.FileTypeId,
          stat: operation("stat", path, () => info(inode)),
          // Whatever is written is appended.
          seek: () => Effect.succeed(0n),
          sync: operation(
            "sync",
            path,
            () => {
              if (inode.betrayed !== true) inode.synced = inode.bytes
            },
            () => {},
            () => {
              inode.betrayed = true
            },
          ),
          read: () => Effect.die("not simulated"),
          readAlloc: (size, options) =>
            operation("read", path, () => {
              const at = Number(options?.position ?? 0n)
              const bytes = inode.bytes.subarray(at, at + size)
              return bytes.length === 0 ? Option.none() : Option.some(bytes)
            }),
          truncate: () => Effect.die("not simulated"),
          write: (bytes) => Effect.as(writeAll(bytes), bytes.length),
          writeAll,
        }
      }

      const folderOf = (path: string): FileSystem.File => ({
        ...fileOf(path, { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) }),
        sync: operation("sync", path, () => {
          for (const [name, inode] of names) if (parentOf(name) === path) syncedNames.set(name, inode)
          for (const name of Array.from(syncedNames.keys()))
            if (parentOf(name) === path && !names.has(name)) syncedNames.delete(name)
        }),
      })

      const fs = FileSystem.makeNoop({
        makeDirectory: (path) =>
          operation("makeDirectory", path, () => {
            for (let at = path; at.length > 1 && at !== "."; at = parentOf(at)) folders.add(at)
          }),
        open: (path, options) =>
          operation("open", path, () => {
            if (folders.has(path)) return folderOf(path)
            const flag = options?.flag ?? "r"
            const known = names.get(path)
            if (known === undefined && (flag.startsWith("r") || !folders.has(parentOf(path))))
              return failure("open", path, "ENOENT")
            if (known !== undefined && flag.includes("x")) return failure("open", path, "EEXIST")
            const inode = known ?? { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) }
            if (flag === "w") inode.bytes = Buffer.alloc(0)
            names.set(path, inode)
            return fileOf(path, inode)
          }),
        readDirectory: (path) =>
          operation("readDirectory", path, () =>
            Array.from(names.keys(), (name) =>
              parentOf(name) === path ? name.slice(path.length + 1) : "",
            ).filter((name) => name !== ""),
          ),
        remove: (path, options) =>
          operation("remove", path, () =>
            names.delete(path) || options?.force === true ? undefined : failure("remove", path, "ENOENT"),
          ),
        exists: (path) => operation("stat", path, () => names.has(path) || folders.has(path)),
        readFile: (path) =>
          operation("read", path, () => names.get(path)?.bytes ?? failure("read", path, "ENOENT")),
        readFileString: (path) =>
          operation(
            "read",
            path,
            () => names.get(path)?.bytes.toString("utf8") ?? failure("read", path, "ENOENT"),
          ),
        rename: (from, to) =>
          operation("rename", from, () => {
            const inode = names.get(from)
            if (inode === undefined) return failure("rename", from, "ENOENT")
            names.delete(from)
            names.set(to, inode)
          }),
        stat: (path) =>
          operation("stat", path, () => {
            const inode = names.get(path)
            return inode === undefined && !folders.has(path) ? failure("stat", path, "ENOENT") : info(inode)
          }),
        truncate: (path, length = 0) =>
          operation("truncate", path, () => {
            const inode = names.get(path)
            if (inode === undefined) return failure("truncate", path, "ENOENT")
            inode.bytes = inode.bytes.subarray(0, length)
          }),
      })
      const kill = () => {
        dead = true
        onKilled()
      }
      return { fs, operations: () => operations, kill, killed: Effect.promise(() => killed) }
    },
  }
  return disk
}
