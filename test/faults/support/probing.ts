import { Effect } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { eventually, type Program } from "../../support/process.ts"

export interface ProbeClock {
  readonly offsetMillis: number
  readonly driftMillisPerSecond: number
}

export interface ProbeQuestion {
  readonly id: number
  readonly clock?: ProbeClock
  /** Where to write a snapshot of the heap; the process stands still meanwhile. */
  readonly heap?: string
}

/** What is alive in a process once garbage is collected. */
export interface ProbeAnswer {
  readonly id: number
  readonly fibers: number
  readonly timers: number
  readonly heapBytes: number
  readonly residentBytes: number
}

const probe = fileURLToPath(new URL("probe.ts", import.meta.url))

/** The environment with which a program can be asked. */
export const probed = (folder: string): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--import ${probe} --disable-warning=ExperimentalWarning`,
  FAULTS_PROBE: folder,
})

let asked = 0

/** Asks a program that was started with `probed`. */
export const ask = Effect.fnUntraced(function* (
  program: Program,
  folder: string,
  also: Omit<ProbeQuestion, "id"> = {},
) {
  const question: ProbeQuestion = { id: ++asked, ...also }
  writeFileSync(join(folder, "question.json"), JSON.stringify(question))
  yield* program.kill("SIGUSR2")
  return yield* eventually(
    "the probe answers",
    Effect.sync(() => {
      const answer = JSON.parse(readFileSync(join(folder, "answer.json"), "utf8")) as ProbeAnswer
      return answer.id === question.id ? answer : undefined
    }),
    // Looking at all of a heap takes a busy machine its time.
    "3 minutes",
  )
})
