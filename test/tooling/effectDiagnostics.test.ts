import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = resolve(import.meta.dirname, "../..")

/** File, code, and the diagnostic that it must meet; `undefined`: none. */
const cases: ReadonlyArray<readonly [path: string, code: string, diagnostic: string | undefined]> = [
  [
    "src/collect/Floating.ts",
    `export const a = () => { Effect.log("never runs") }`,
    "error effect(floatingEffect)",
  ],
  [
    "src/collect/Run.ts",
    `export const a = Effect.gen(function* () { yield* Effect.void; return Effect.runSync(Effect.sync(() => 1)) })`,
    "warning effect(runEffectInsideEffect)",
  ],
  [
    "src/collect/Try.ts",
    `export const a = Effect.gen(function* () { try { yield* Effect.void } catch { return 1 } return 2 })`,
    "warning effect(tryCatchInEffectGen)",
  ],
  ["src/edge/Async.ts", `export const a = async () => Effect.void`, "warning effect(asyncFunction)"],
  ["layers/rest/Async.ts", `export const a = async () => Effect.void`, undefined],
  ["layers/rest/Env.ts", `export const a = [process.env["A"], Effect.void]`, "warning effect(processEnv)"],
  [
    "services/Fetch.ts",
    `export const a = [fetch("http://127.0.0.1"), Effect.void]`,
    "warning effect(globalFetch)",
  ],
  [
    "services/Any.ts",
    `export const a = (effect: Effect.Effect<number, any>) => Effect.asVoid(effect)`,
    "warning effect(anyUnknownInErrorContext)",
  ],
  ["test/Async.ts", `export const a = async () => Effect.void`, undefined],
  ["services/Good.ts", `export const a = Effect.fn("a")(function* () { yield* Effect.log("a") })`, undefined],
]

let folder = ""
let lines: ReadonlyArray<string> = []
let status: number | null = 0

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-effect-"))
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  writeFileSync(join(folder, "tsconfig.json"), readFileSync(join(root, "tsconfig.json")))
  writeFileSync(join(folder, "package.json"), `{"name":"millrace","type":"module"}`)
  for (const [path, code] of cases) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), `import { Effect } from "effect"\n${code}\n`)
  }
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Readonly<Record<string, string>>
  }
  const [, ...options] = scripts["check:effect"]?.split(" ") ?? []
  const command = join(root, "node_modules/@effect/tsgo/dist/effect-tsgo.cjs")
  const result = spawnSync(process.execPath, [command, ...options], { cwd: folder, encoding: "utf8" })
  expect(result.stdout).toContain(`Checked ${cases.length} files`)
  lines = result.stdout.split("\n")
  status = result.status
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the Effect diagnostics of npm run check", () => {
  for (const [path, code, diagnostic] of cases) {
    const said = () => lines.filter((line) => line.includes(path)).join("\n")
    if (diagnostic === undefined) it(`accept ${path}: ${code}`, () => expect(said()).toBe(""))
    else it(`refuse ${path}: ${code}`, () => expect(said()).toContain(diagnostic))
  }

  it("fail on warnings as on errors", () => expect(status).not.toBe(0))
})
