import { existsSync, readdirSync, readFileSync } from "node:fs"
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

const suffix = ".session.jsonl.gz"

export const sessionPath = (name: string): string => `${recordingsFolder}/${name}${suffix}`

/** The names of all sessions there are, such as `binance/2024-08-08-ethusdt`; none where recordings are absent. */
export const recordedSessions = (): ReadonlyArray<string> =>
  present
    ? readdirSync(recordingsFolder, { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(suffix))
        .map((path) => path.slice(0, -suffix.length))
        .toSorted()
    : []

/** What came over the wire, as it came. */
export const frameOf = ({ frame, raw }: RecordedLine): Buffer =>
  frame === undefined ? Buffer.from(raw ?? "") : Buffer.from(frame, "base64")

/** When, in milliseconds with microseconds as the fraction. */
export const receivedAtOf = ({ t }: RecordedLine): number => Number(BigInt(t) / 1000n) / 1000

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
