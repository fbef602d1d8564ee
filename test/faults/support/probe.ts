/**
 * Is loaded into `millrace run` before it (`--import`), and changes nothing of it until it is asked to: then it sets the
 * process's clock forward or back as an operator does, so that only what reads the time of day sees it, or counts what
 * is alive. Asked by a file and SIGUSR2; answers by another file.
 */
import { Effect } from "effect"
import { readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { queryObjects, writeHeapSnapshot } from "node:v8"
import type { ProbeAnswer, ProbeQuestion } from "./probing.ts"

const folder = process.env["FAULTS_PROBE"] ?? "."
const realNow = Date.now
const fiberClass = Effect.runFork(Effect.void).constructor
let clock = { offsetMillis: 0, driftMillisPerSecond: 0, since: performance.now() }

Date.now = () =>
  Math.round(
    realNow() + clock.offsetMillis + ((performance.now() - clock.since) / 1000) * clock.driftMillisPerSecond,
  )
globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [Date.now()] : args, newTarget) as object,
})

const census = (): Omit<ProbeAnswer, "id"> => {
  // Collects garbage first, all of it.
  const fibers = queryObjects(fiberClass as new () => object, { format: "count" })
  const resources: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1
  const { heapUsed, rss } = process.memoryUsage()
  return { fibers, timers: resources["Timeout"] ?? 0, heapBytes: heapUsed, residentBytes: rss }
}

process.on("SIGUSR2", () => {
  const {
    clock: set,
    heap,
    id,
  } = JSON.parse(readFileSync(join(folder, "question.json"), "utf8")) as ProbeQuestion
  if (set !== undefined) clock = { ...set, since: performance.now() }
  if (heap !== undefined) writeHeapSnapshot(heap, { exposeNumericValues: true })
  const answer: ProbeAnswer = { id, ...census() }
  writeFileSync(join(folder, "answer.new"), JSON.stringify(answer))
  renameSync(join(folder, "answer.new"), join(folder, "answer.json"))
})
