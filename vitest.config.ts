import { defineConfig } from "vitest/config"

/** Suites that kill processes and starve brokers again and again. */
const faults = "test/**/*.faults.test.ts"
/** Suites of the whole program: each test is a process or several. */
const programs = ["test/e2e/**/*.test.ts", "test/examples/**/*.test.ts", "test/src/cli/**/*.test.ts"]

export default defineConfig({
  test: {
    // Stops the servers (Kafka, the OpenTelemetry Collector) that tests have started and share.
    globalSetup: ["test/support/servers.ts"],
    setupFiles: ["test/support/overwriteFree.ts"],
    testTimeout: 90_000,
    hookTimeout: 180_000,
    pool: "forks",
    // Many tests wait for real time to pass.
    maxWorkers: 4,
    projects: [
      {
        extends: true,
        test: {
          name: "promises",
          include: ["test/**/*.test.ts"],
          exclude: [faults, ...programs],
          // No test leaves anything behind in a module, and loading them for each file costs a fifth of the time.
          isolate: false,
        },
      },
      { extends: true, test: { name: "programs", include: [...programs, faults] } },
    ],
  },
})
