import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Stops the servers (Kafka, the OpenTelemetry Collector) that tests have started and share.
    globalSetup: ["test/support/servers.ts"],
    testTimeout: 90_000,
    hookTimeout: 180_000,
    pool: "forks",
    // Many tests wait for real time to pass.
    maxWorkers: 3,
  },
})
