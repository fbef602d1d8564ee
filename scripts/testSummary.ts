/**
 * Says of a test run `<passed> <failed>`, for .ci/run: `testSummary.ts RESULTS EXITCODE`, where RESULTS is the file of
 * vitest's JSON reporter. A test that was skipped counts as failed, and so does a run that ended otherwise than its
 * tests did: a file that does not load, an unhandled error, a timeout.
 */
import { readFileSync } from "node:fs"

interface Results {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: ReadonlyArray<{
    readonly name: string
    readonly assertionResults: ReadonlyArray<{ readonly fullName: string; readonly status: string }>
  }>
}

const readResults = (path: string): Results => {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Results
  } catch {
    process.stderr.write("FAILED: the test run left no results\n")
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] }
  }
}

const [path = "", exitCode = "1"] = process.argv.slice(2)
const results = readResults(path)
const skipped = results.testResults.flatMap((file) =>
  file.assertionResults
    .filter(({ status }) => status !== "passed" && status !== "failed")
    .map(
      ({ fullName, status }) =>
        `FAILED: ${status}, though every test must run here: ${file.name}: ${fullName}`,
    ),
)
for (const line of skipped) process.stderr.write(`${line}\n`)

let failed = results.numFailedTests + skipped.length
if (failed === 0 && exitCode !== "0") {
  process.stderr.write(`FAILED: the test run ended with ${exitCode}, though none of its tests failed\n`)
  failed = 1
}
process.stdout.write(`${results.numPassedTests} ${failed}\n`)
