import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { afterAll, describe, expect, it } from "vitest"

const root = resolve(import.meta.dirname, "../..")
const folder = mkdtempSync(join(tmpdir(), "millrace-summary-"))
const results = join(folder, "results.json")
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const summary = (statuses: ReadonlyArray<string>, exitCode: number, path = results) => {
  const count = (status: string) => statuses.filter((each) => each === status).length
  const assertionResults = statuses.map((status, index) => ({ fullName: `test ${index}`, status }))
  writeFileSync(
    results,
    JSON.stringify({
      numPassedTests: count("passed"),
      numFailedTests: count("failed"),
      testResults: [{ name: "a.test.ts", assertionResults }],
    }),
  )
  const script = join(root, "scripts/testSummary.ts")
  const { stderr, stdout } = spawnSync(process.execPath, [script, path, `${exitCode}`], { encoding: "utf8" })
  return { stderr, stdout }
}

describe("the summary of a test run in CI", () => {
  it("counts what passed", () => expect(summary(["passed", "passed"], 0).stdout).toBe("2 0\n"))

  it("counts what failed", () => expect(summary(["passed", "failed"], 1).stdout).toBe("1 1\n"))

  for (const status of ["skipped", "pending", "todo", "disabled"]) {
    it(`counts a ${status} test as failed and names it`, () => {
      const { stderr, stdout } = summary(["passed", status], 0)
      expect(stdout).toBe("1 1\n")
      expect(stderr).toContain("a.test.ts: test 1")
    })
  }

  it("counts a failure where only the runner failed", () =>
    expect(summary(["passed"], 1).stdout).toBe("1 1\n"))

  it("counts a failure where the runner left no results", () =>
    expect(summary([], 137, join(folder, "absent.json")).stdout).toBe("0 1\n"))
})
