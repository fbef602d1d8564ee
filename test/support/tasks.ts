import type { Task, TaskCheckpoint, TaskSpec } from "../../src/domain/Task.ts"
import { noStatistics } from "../../src/domain/Task.ts"

/** 2026-01-05 12:00 UTC, a Monday. */
export const noon = Date.UTC(2026, 0, 5, 12)
export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

export const specOf = (id: string, change: Partial<TaskSpec> = {}): TaskSpec => ({
  id,
  projectId: "project-1",
  dataset: "spot-kline",
  dataType: "kline",
  source: "binance",
  symbols: ["BTC-USDT", "ETH-USDT"],
  frequency: "5m",
  schedule: { kind: "interval", interval: "5m" },
  window: {},
  batchSize: 100,
  historyDays: 30,
  params: {},
  ...change,
})

export const taskOf = (id: string, change: Partial<Task> = {}, spec: Partial<TaskSpec> = {}): Task => ({
  spec: specOf(id, spec),
  origin: "api",
  revision: 1,
  state: "pending",
  createdAt: noon,
  updatedAt: noon,
  statistics: noStatistics,
  ...change,
})

export const checkpointOf = (taskId: string, change: Partial<TaskCheckpoint> = {}): TaskCheckpoint => ({
  taskId,
  revision: 1,
  runStartedAt: noon,
  symbols: { "BTC-USDT": { next: "1767614400000", done: false } },
  journalPosition: 7,
  updatedAt: noon,
  ...change,
})
