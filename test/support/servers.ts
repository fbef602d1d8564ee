import { execFile, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"

/**
 * Real servers for tests. One that several files can share is started by the first that wants it and stopped at the
 * end of the run: this file is vitest's `globalSetup`. A run that wants none pays nothing. Should the run die, the
 * servers notice and go too.
 */

const scripts = fileURLToPath(new URL("../../scripts/servers/", import.meta.url))

export type Script = "kafka.sh" | "nats.sh" | "otelcol.sh" | "postgres.sh" | "s3.sh" | "toxiproxy.sh"

const makeRunFolder = (): string => mkdtempSync(join(tmpdir(), "millrace-servers-"))

/** vitest calls it once, before its workers start, and what it returns at the end. */
export const setup = (): (() => void) => {
  const folder = makeRunFolder()
  process.env["MILLRACE_TEST_SERVERS"] = folder
  process.env["MILLRACE_TEST_RUN"] = String(process.pid)
  return () => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      if (existsSync(join(path, "kind"))) runScript("kafka.sh", ["remove", path])
      if (existsSync(join(path, "nats.pid"))) runScript("nats.sh", ["down", path])
      if (existsSync(join(path, "otelcol.pid"))) runScript("otelcol.sh", ["down", path])
      if (existsSync(join(path, "postgres.data"))) runScript("postgres.sh", ["down", path])
      if (existsSync(join(path, "s3.pid"))) runScript("s3.sh", ["down", path])
      if (existsSync(join(path, "toxiproxy.pid"))) runScript("toxiproxy.sh", ["down", path])
    }
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Where nobody has called `setup`: each server goes with the process, and then its folder. */
const makeOwnFolder = (): string => {
  const folder = makeRunFolder()
  process.once("exit", () => {
    if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true })
  })
  return folder
}

/** The folder of this run's servers. */
export const runFolder = (): string => (process.env["MILLRACE_TEST_SERVERS"] ??= makeOwnFolder())

/** Ports below those that systems give to clients, so that they are hardly ever taken; whoever finds one taken tries others. */
export const randomPort = (): number => 20_000 + 8 * Math.floor(Math.random() * 1500)

/** A broker that lives for seconds starts in half the CPU time when Java does not optimise it. */
const briefJvm = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"

const environment = () => ({
  KAFKA_JVM: briefJvm,
  ...process.env,
  SERVER_OWNER: process.env["MILLRACE_TEST_RUN"] ?? String(process.pid),
})

export interface ScriptResult {
  readonly ok: boolean
  readonly output: string
  readonly complaint: string
}

/** Runs a script to its end and waits: for the time before tests run. */
export const runScript = (
  script: Script,
  args: ReadonlyArray<string>,
  settings: Readonly<Record<string, string>> = {},
): ScriptResult => {
  const { status, stdout, stderr, error } = spawnSync("bash", [join(scripts, script), ...args], {
    encoding: "utf8",
    env: { ...environment(), ...settings },
  })
  return {
    ok: status === 0,
    output: (stdout ?? "").trim(),
    complaint: `${stderr ?? ""}${error?.message ?? ""}`.trim(),
  }
}

/** The same beside other work; gives what it printed. */
export const script = (name: Script, args: ReadonlyArray<string>): Effect.Effect<string> =>
  Effect.callback((resume) => {
    execFile(
      "bash",
      [join(scripts, name), ...args],
      { env: environment(), maxBuffer: 1 << 28 },
      (error, stdout, stderr) =>
        resume(
          error === null
            ? Effect.succeed(stdout)
            : Effect.die(new Error(`${name} ${args.join(" ")}: ${stderr}`)),
        ),
    )
  })

/** `name=value …` of the one line that `up` prints. */
export const addressesOf = (line: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    line.split(/\s+/).map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]),
  )

const said = new Set<string>()

/** Says once that a server is absent; in CI that is a failure. */
export const absent = (what: string, complaint: string): undefined => {
  const line = `${what} is absent (${complaint.split("\n").at(-1)})`
  if (process.env["CI"] !== undefined) throw new Error(`${line}: its tests must run in CI\n${complaint}`)
  if (!said.has(what)) process.stderr.write(`SKIPPED: ${line}: its tests do not run\n`)
  said.add(what)
  return undefined
}

/** Starts a server on ports that are free, or gives what keeps it from starting. */
export const up = (
  name: Script,
  folder: string,
  argumentsFor: (port: number) => ReadonlyArray<string>,
  settings?: Readonly<Record<string, string>>,
): ScriptResult => {
  let result: ScriptResult = { ok: false, output: "", complaint: "" }
  for (let attempt = 0; attempt < 3 && !result.ok; attempt++) {
    result = runScript(name, ["up", folder, ...argumentsFor(randomPort())], settings)
    if (/no Kafka here|no go to build|no nats-server|no PostgreSQL server here/.test(result.complaint)) break
  }
  return result
}
