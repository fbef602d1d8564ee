import { defineConfig } from "vitest/config"

/** Suites that kill processes and starve brokers again and again: CI runs them beside the fault scenarios. */
const faults = "test/**/*.faults.test.ts"

export default defineConfig({
  test: {
    // Stops the servers (Kafka, the OpenTelemetry Collector) that tests have started and share.
    globalSetup: ["test/support/servers.ts"],
    testTimeout: 90_000,
    hookTimeout: 180_000,
    pool: "forks",
    // Many tests wait for real time to pass.
    maxWorkers: 3,
    projects: [
      { extends: true, test: { name: "promises", include: ["test/**/*.test.ts"], exclude: [faults] } },
      { extends: true, test: { name: "faults", include: [faults] } },
    ],
  },
})
