import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { exceptions } from "../../scripts/lint/ambientAllowed.ts"
import { cases } from "./lintCases.ts"

const root = resolve(import.meta.dirname, "../..")
const oxlint = join(root, "node_modules/oxlint/bin/oxlint")

interface Diagnostic {
  readonly code: string
  readonly message: string
  readonly severity: string
  readonly filename: string
}

let folder = ""
let found: ReadonlyArray<Diagnostic> = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-lint-"))
  const config = JSON.parse(readFileSync(join(root, ".oxlintrc.json"), "utf8")) as {
    jsPlugins: Array<string>
  }
  config.jsPlugins = config.jsPlugins.map((plugin) => resolve(root, plugin))
  writeFileSync(join(folder, ".oxlintrc.json"), JSON.stringify(config))
  for (const { code, path } of cases) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), `${code}\n`)
  }
  const { stderr, stdout } = spawnSync(process.execPath, [oxlint, "--format", "json"], {
    cwd: folder,
    encoding: "utf8",
  })
  expect(stderr).toBe("")
  found = (JSON.parse(stdout) as { diagnostics: ReadonlyArray<Diagnostic> }).diagnostics
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const said = (path: string): ReadonlyArray<string> =>
  found.filter(({ filename }) => filename === path).map(({ code, message }) => `${code}: ${message}`)

describe("the linter", () => {
  for (const { code, path, says } of cases) {
    const shown = `${path}: ${code.split("\n").slice(0, 3).join("; ").slice(0, 90)}`
    if (says === undefined) it(`accepts ${shown}`, () => expect(said(path)).toEqual([]))
    else it(`refuses ${shown}`, () => expect(said(path).join("\n")).toContain(says))
  }

  it("makes no exception for a file that is gone", () => {
    expect(exceptions.filter(({ path }) => !existsSync(join(root, path)))).toEqual([])
  })

  it("accepts this very project", () => {
    const { status, stdout } = spawnSync(process.execPath, [oxlint, "--quiet"], {
      cwd: root,
      encoding: "utf8",
    })
    expect(stdout + status).toMatch(/0$/)
  })
})
