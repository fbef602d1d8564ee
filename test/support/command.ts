import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { resolve } from "node:path"

/** Loading takes longer than most of what is tested: what one start has compiled, the next ones find here. */
const compileCache = resolve("node_modules/.cache/millrace-tests")

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly child: ChildProcess
  /** Waits until stderr or stdout holds the text. */
  readonly says: (text: string) => Promise<void>
  readonly ended: Promise<Ended>
}

/** Starts a program of the repository by this Node, with no `MILLRACE_…` variables but those given. */
export const start = (
  program: string,
  args: ReadonlyArray<string> = [],
  environment: Readonly<Record<string, string>> = {},
  nodeArgs: ReadonlyArray<string> = [],
): Started => {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^MILLRACE_/i.test(name)),
  )
  const child = spawn(process.execPath, [...nodeArgs, program, ...args], {
    env: { ...inherited, NODE_COMPILE_CACHE: compileCache, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  })
  const output = { stdout: "", stderr: "" }
  const waiting: Array<{ readonly text: string; readonly heard: () => void }> = []
  const collect = (from: "stdout" | "stderr") => (chunk: Buffer) => {
    output[from] += chunk.toString("utf8")
    for (const { text, heard } of waiting) {
      if (output.stdout.includes(text) || output.stderr.includes(text)) heard()
    }
  }
  child.stdout.on("data", collect("stdout"))
  child.stderr.on("data", collect("stderr"))
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, ...output }))
  return {
    child,
    says: (text) =>
      Promise.race([
        new Promise<void>((heard) => {
          waiting.push({ text, heard })
          if (output.stdout.includes(text) || output.stderr.includes(text)) heard()
        }),
        ended.then(({ stderr }) => Promise.reject(new Error(`it ended without "${text}": ${stderr}`))),
      ]),
    ended,
  }
}

/** Runs the command to its end. */
export const millrace = (
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> => start("src/main.ts", args, environment).ended
