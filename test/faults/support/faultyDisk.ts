/**
 * Is loaded into `millrace run` before it (`--import`): makes writes and syncs below a folder fail, or syncs take long,
 * while a file says so. Nothing of Millrace knows.
 */
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import type { DiskTrouble } from "./diskTrouble.ts"

const { close, fdatasync, fsync, open, write } = fs
const path = process.env["FAULTS_DISK"] ?? ""
const below = process.env["FAULTS_DISK_BELOW"] ?? ""

const troubled = new Set<number>()
let trouble: DiskTrouble = { kind: "none" }
// It is looked at now and then, and not at each write: that would be a load of its own.
setInterval(() => {
  try {
    trouble = JSON.parse(fs.readFileSync(path, "utf8")) as DiskTrouble
  } catch {
    // half written: next time
  }
}, 10).unref()

type Callback = (error: NodeJS.ErrnoException | null, ...rest: ReadonlyArray<unknown>) => void

const failure = (code: string, call: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: made up for a test, ${call}`), { code, syscall: call, errno: -1 })

/** Puts `meanwhile` before what a call of the file system does to a file of the folder. */
const through =
  (real: (...args: Array<never>) => void, meanwhile: (done: Callback, go: () => void) => void) =>
  (...args: Array<never>): void => {
    const done = args.at(-1) as unknown as Callback
    const go = () => real(...args)
    if (troubled.has(args[0] as unknown as number)) meanwhile(done, go)
    else go()
  }

const onWrite = (done: Callback, go: () => void) =>
  trouble.kind === "write" ? setImmediate(done, failure(trouble.code, "write")) : go()

const onSync = (done: Callback, go: () => void) => {
  if (trouble.kind === "sync") setImmediate(done, failure(trouble.code, "fsync"))
  else if (trouble.kind === "slow") setTimeout(go, trouble.millis)
  else go()
}

const openNoting = (file: string, ...rest: Array<never>): void => {
  const done = rest.pop() as unknown as Callback
  const note: Callback = (error, descriptor) => {
    if (error === null && String(file).includes(below)) troubled.add(descriptor as number)
    done(error, descriptor)
  }
  ;(open as (...args: ReadonlyArray<unknown>) => void)(file, ...rest, note)
}

const closeNoting = (descriptor: number, done: Callback): void => {
  troubled.delete(descriptor)
  close(descriptor, done)
}

Object.assign(fs, {
  open: openNoting,
  close: closeNoting,
  write: through(write as never, onWrite),
  fsync: through(fsync as never, onSync),
  fdatasync: through(fdatasync as never, onSync),
})
syncBuiltinESMExports()
