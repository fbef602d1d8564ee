/**
 * `npm run faults [-- R1 R4 …] [--scale 0.1] [--seed N] [--only TEXT] [--jobs 2]`: breaks everything around Millrace,
 * and Millrace itself, and prints one line of JSON for each goal. docs/RELIABILITY.md says what each does. Exit 1 when
 * a goal was not reached.
 */
import { Cause, Effect, Exit } from "effect"
import { spawn } from "node:child_process"
import { resolve } from "node:path"
import { makeDice } from "../support/seed.ts"
import { type Goal, makeJudge } from "./support/goal.ts"
import { goals } from "./scenarios/index.ts"

const args = process.argv.slice(2)
const valueOf = (flag: string): number | undefined => {
  const at = args.indexOf(flag)
  return at < 0 ? undefined : Number(args.splice(at, 2)[1])
}
const textOf = (flag: string): string => {
  const at = args.indexOf(flag)
  return at < 0 ? "" : (args.splice(at, 2)[1] ?? "")
}
const only = textOf("--only")
const scale = valueOf("--scale") ?? 1
const jobs = valueOf("--jobs") ?? 1
const seed = valueOf("--seed") ?? Math.floor(Math.random() * 2 ** 32)
const unknown = args.find((wanted) => !goals.some(({ id }) => id === wanted))
if (unknown !== undefined || !(scale > 0 && scale <= 1) || !Number.isInteger(seed) || !(jobs >= 1)) {
  const ids = [...new Set(goals.map(({ id }) => id))].join(", ")
  process.stderr.write(
    `usage: npm run faults [-- GOAL …] [--scale 0 … 1] [--seed N] [--only TEXT] [--jobs N]; goals: ${ids}${unknown === undefined ? "" : `; there is no ${unknown}`}\n`,
  )
  process.exit(2)
}
const isWhole = goals.some(({ name }) => name === only)
const chosen = goals.filter(
  ({ id, name }) =>
    (args.length === 0 || args.includes(id)) && (isWhole ? name === only : name.includes(only)),
)

/** Loading takes each process of a goal longer than the first. */
const compileCache = resolve("node_modules/.cache/millrace-tests")

/** A stuck scenario must not look like a long one. */
const longest = "3 hours"

const runGoal = Effect.fnUntraced(function* ({ name, run }: Goal) {
  const judge = makeJudge(scale === 1)
  const began = performance.now()
  const seconds = () => Math.round((performance.now() - began) / 100) / 10
  const progress = (said: string) => void process.stderr.write(`${name}, ${seconds()} s: ${said}\n`)
  progress(`begins at scale ${scale}, seed ${seed}`)
  const size = (full: number, least = 1) => Math.max(least, Math.round(full * scale))
  const exit = yield* run({ scale, dice: makeDice(seed), judge, size, progress }).pipe(
    Effect.scoped,
    Effect.timeout(longest),
    Effect.exit,
  )
  const { broken, ...figures } = judge.report()
  const all = Exit.isSuccess(exit) ? broken : [...broken, Cause.pretty(exit.cause)]
  const verdict = all.length === 0 ? "pass" : "fail"
  process.stdout.write(
    `${JSON.stringify({ goal: name, verdict, scale, seed, seconds: seconds(), ...figures, broken: all })}\n`,
  )
  return verdict === "pass"
})

/** Beside others in a process of its own: while one works out what it found, the exchange of another must not stand still. */
const runApart = ({ id, name }: Goal) =>
  Effect.callback<boolean>((resume) => {
    const [, program = ""] = process.argv
    const settings = ["--only", name, "--scale", String(scale), "--seed", String(seed)]
    const child = spawn(process.execPath, [...process.execArgv, program, id, ...settings], {
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
      stdio: ["ignore", "inherit", "inherit"],
    })
    child.once("close", (code, signal) => {
      if (code !== 0 && code !== 1)
        process.stderr.write(`${name}: its process ended with ${signal ?? code}\n`)
      resume(Effect.succeed(code === 0))
    })
    return Effect.sync(() => void child.kill())
  })

const runEach = jobs > 1 && chosen.length > 1 ? runApart : runGoal
const passed = await Effect.runPromise(Effect.forEach(chosen, runEach, { concurrency: jobs }))
const failed = passed.filter((each) => !each).length
if (failed > 0 || passed.length > 1)
  process.stderr.write(
    failed === 0
      ? `all ${passed.length} goals are reached\n`
      : `${failed} of ${passed.length} goals are not reached; again with --scale ${scale} --seed ${seed}\n`,
  )
process.exit(failed === 0 ? 0 : 1)
