import { existsSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"

/** Real traffic, recorded by others; it is not part of the repository. `MILLRACE_RECORDINGS` points elsewhere. */
export const recordingsFolder = process.env["MILLRACE_RECORDINGS"] ?? "../shared/data"

const present = existsSync(`${recordingsFolder}/README.md`)

if (!present) {
  const line = `recordings are absent (${recordingsFolder}; set MILLRACE_RECORDINGS): the tests on recorded sessions`
  if (process.env["CI"] !== undefined) throw new Error(`${line} must run in CI`)
  process.stderr.write(`SKIPPED: ${line} do not run\n`)
}

/** For `describe.skipIf` and `it.skipIf`: true only outside CI, and then said in one line. */
export const recordingsAbsent = !present

export interface RecordedLine {
  /** Receive time in nanoseconds. */
  readonly t: string
  readonly dir: "connect" | "out" | "in" | "rest"
  readonly url?: string
  readonly raw?: string
  /** Base64 of a frame that was compressed on the wire. */
  readonly frame?: string
}

export const sessionPath = (name: string): string => `${recordingsFolder}/${name}.session.jsonl.gz`

/** All lines of a session, such as `binance/2024-08-08-ethusdt`. */
export const readSession = (name: string): ReadonlyArray<RecordedLine> =>
  gunzipSync(readFileSync(sessionPath(name)))
    .toString("utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedLine)

export interface Sample {
  readonly channel: string
  readonly recorded: boolean | string
  readonly raw: string
  readonly source: string
}

/** Single messages of a venue. */
export const readSamples = (venue: string): ReadonlyArray<Sample> =>
  readFileSync(`${recordingsFolder}/${venue}/samples.jsonl`, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Sample)
