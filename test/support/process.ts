import { Cause, Deferred, type Duration, Effect, Schedule, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const main = resolve("src/main.ts")

/** A start on a busy machine, or what comes after work that takes its time. */
const patience = "2 minutes"

/** Loading takes longer than most of what is tested: what one start has compiled, the next ones find here. */
const compileCache = resolve("node_modules/.cache/millrace-tests")

/** One line of a program's stderr: its log, as JSON. */
export interface LogLine {
  readonly time: string
  readonly level: string
  readonly message: string
  readonly [field: string]: unknown
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** The real program as a process of its own. */
export interface Program {
  readonly process: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** Whole lines of stderr, each of which has to be JSON. */
  readonly log: () => ReadonlyArray<LogLine>
  /** The first line of the log that matches, once it is there. */
  readonly says: (expected: RegExp) => Effect.Effect<LogLine>
  readonly kill: (signal: NodeJS.Signals) => Effect.Effect<void>
  readonly ended: Effect.Effect<Ended>
  /** The origin of its API, once it listens. */
  readonly api: Effect.Effect<string>
}

export interface ProgramOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Nobody reads its stdout; what fits into the pipe is all that it gets rid of. */
  readonly deafStdout?: boolean
}

/** A new folder below the system's temporary one; removed with the scope. */
export const temporaryFolder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "millrace-e2e-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true, maxRetries: 3 })),
)

const isFree = (port: number): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.once("error", () => resume(Effect.succeed(false)))
    server.listen(port, "127.0.0.1", () => server.close(() => resume(Effect.succeed(true))))
  })

/** Where this worker's ports begin: each worker of a run has some of its own, of which it begins anywhere. */
const portsEach = 600
const firstPort = 10_000 + (Number(process.env["VITEST_POOL_ID"] ?? 0) % 16) * portsEach
let nextPort = Math.floor(Math.random() * portsEach)

/**
 * A port of loopback that nobody holds, nor will before whoever asked listens there: it is below those that systems give
 * to clients and to servers that do not mind which they get, and no one else of this run is given it.
 */
export const freePort: Effect.Effect<number> = Effect.suspend(() => {
  const port = firstPort + (nextPort++ % portsEach)
  return Effect.flatMap(isFree(port), (free) => (free ? Effect.succeed(port) : freePort))
})

/** Looks every few milliseconds until it is there; dies with what it last saw when it never is. */
export const eventually = <A>(
  what: string,
  look: Effect.Effect<A | undefined, unknown>,
  within: Duration.Input = "60 seconds",
): Effect.Effect<A> => {
  let seen: unknown
  return look.pipe(
    Effect.catchCause((cause) => {
      seen = Cause.pretty(cause)
      return Effect.succeed(undefined)
    }),
    Effect.flatMap((found) =>
      found === undefined ? Effect.fail("not yet" as const) : Effect.succeed(found),
    ),
    Effect.retry(Schedule.spaced("20 millis")),
    Effect.timeout(within),
    Effect.catch(() =>
      Effect.die(new Error(`never happened: ${what}${seen === undefined ? "" : `\n${String(seen)}`}`)),
    ),
  )
}

/** The same of a plain condition. */
export const untilTrue = (what: string, holds: () => boolean, within?: Duration.Input): Effect.Effect<void> =>
  Effect.asVoid(
    eventually(
      what,
      Effect.sync(() => (holds() ? true : undefined)),
      within,
    ),
  )

/** The environment without any setting of Millrace, so that only what the test says is in force. */
const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(MILLRACE_|HTTPS_PROXY$|NODE_OPTIONS$)/i.test(name)),
  )

const parse = (line: string): LogLine => {
  try {
    return JSON.parse(line) as LogLine
  } catch {
    throw new Error(`a line of stderr is no JSON: ${line}`)
  }
}

/** `millrace run` on one venue of the simulator, five types of three symbols: the least that is whole. */
export const runOneVenue: ReadonlyArray<string> = [
  "run",
  "--config",
  fileURLToPath(new URL("oneVenue.yaml", import.meta.url)),
]

/** Starts `millrace …`; killed with the scope if it still runs. */
export const startProgram = (
  args: ReadonlyArray<string>,
  options: ProgramOptions,
): Effect.Effect<Program, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [main, ...args], {
        cwd: options.cwd,
        env: { ...cleanEnvironment(), NODE_COMPILE_CACHE: compileCache, ...options.env },
        stdio: ["ignore", "pipe", "pipe"],
      })
      const text = { stdout: "", stderr: "" }
      const ended = Deferred.makeUnsafe<Ended>()
      if (options.deafStdout !== true)
        child.stdout.on("data", (chunk: Buffer) => (text.stdout += chunk.toString("utf8")))
      child.stderr.on("data", (chunk: Buffer) => (text.stderr += chunk.toString("utf8")))
      const end = (code: number | null, signal: NodeJS.Signals | null) =>
        Deferred.doneUnsafe(ended, Effect.succeed({ code, signal }))
      // What nobody reads never closes; its last words on stderr are heard all the same.
      if (options.deafStdout === true)
        child.once("exit", (code, signal) =>
          child.stderr.closed ? end(code, signal) : child.stderr.once("close", () => end(code, signal)),
        )
      else child.once("close", end)
      const log = () => text.stderr.split("\n").slice(0, -1).map(parse)
      const silent = (expected: RegExp) =>
        Effect.gen(function* () {
          yield* Deferred.await(ended)
          yield* Effect.sleep(200)
          return yield* Effect.die(new Error(`it ended without ${expected}:\n${text.stderr}`))
        })
      const says = (expected: RegExp) => Effect.raceFirst(heard(expected), silent(expected))
      const heard = (expected: RegExp) =>
        eventually(
          `it says ${expected}`,
          Effect.sync(() => {
            const line = log().find(({ message }) => expected.test(message))
            if (line !== undefined) return line
            throw new Error(`what it said:\n${text.stderr}`)
          }),
          patience,
        )
      const listening = /^API on (\S+), /
      return {
        process: child,
        stdout: () => text.stdout,
        stderr: () => text.stderr,
        log,
        says,
        kill: (signal: NodeJS.Signals) => Effect.sync(() => void child.kill(signal)),
        ended: Deferred.await(ended),
        api: Effect.map(says(listening), ({ message }) => listening.exec(message)![1]!),
      }
    }),
    (program) =>
      Effect.suspend(() => {
        program.process.kill("SIGKILL")
        return Effect.asVoid(program.ended)
      }),
  )

/** Runs `millrace …` to its end. */
export const runProgram = (args: ReadonlyArray<string>, options: ProgramOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const program = yield* startProgram(args, options)
      const { code } = yield* program.ended
      return { code, stdout: program.stdout(), stderr: program.stderr() }
    }),
  )

/** Waits until a process has worked for so many seconds of processor time: how far it is, whatever else the machine does. */
export const afterWork = (program: Program, seconds: number): Effect.Effect<void> =>
  untilTrue(
    `${seconds} s of processor time`,
    () => {
      const stat = `/proc/${program.process.pid}/stat`
      if (!existsSync(stat)) return true
      const fields = readFileSync(stat, "utf8").split(") ")[1]!.split(" ")
      return (Number(fields[11]) + Number(fields[12])) / 100 >= seconds
    },
    patience,
  )

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

/** A connection that was kept open and idle may be closed the moment it is used again: nobody has read the request. */
const closedUnread = (error: unknown): boolean => {
  const { cause } = error as { readonly cause?: { readonly code?: string } }
  return ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(cause?.code ?? "")
}

/** One request to an API; dies when there is no answer. */
export const request = (
  url: string,
  method: "GET" | "POST" | "DELETE" = "GET",
  body?: unknown,
): Effect.Effect<Answer> =>
  Effect.promise(async () => {
    const json = { body: JSON.stringify(body), headers: { "content-type": "application/json" } }
    const send = () => fetch(url, { method, ...(body === undefined ? {} : json) })
    const response = await send().catch((error) => (closedUnread(error) ? send() : Promise.reject(error)))
    const contentType = response.headers.get("content-type") ?? ""
    return { status: response.status, contentType, text: await response.text() }
  })
