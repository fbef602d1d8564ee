import { Effect, Layer } from "effect"
import { TaskDoor } from "../../services/TaskDoor.ts"
import type { NodeControl } from "../../services/NodeControl.ts"
import * as Door from "../../src/tasks/doors/Door.ts"
import { makeTasks } from "./tasksInMemory.ts"

/** As a caller reads it, without a schema. */
export type Body = ReturnType<typeof JSON.parse>

/** The doors over a table in memory. */
export const openDoor = Effect.fnUntraced(function* (
  options: Door.DoorOptions = {},
  node?: Layer.Layer<NodeControl>,
) {
  const tasks = makeTasks()
  const door = Door.layer(options).pipe(Layer.provide(tasks.layer))
  const context = yield* Layer.build(node === undefined ? door : Layer.provideMerge(door, node))
  const service = yield* Effect.provideContext(TaskDoor, context)
  const within = <A>(effect: Effect.Effect<A>) => Effect.provideContext(effect, context)
  return {
    tasks,
    receive: (body: Uint8Array | string) => within(service.receive(body)),
    /** The status and the body of an event's answer. */
    answer: (event: unknown) => within(service.handle(event)),
    /** Its body alone. */
    ask: (event: unknown): Effect.Effect<Body> =>
      Effect.map(within(service.handle(event)), ({ body }): Body => body),
  }
})

/** Document's own example of a task, word for word. */
export const createTask = {
  action: "create_task",
  task_id: "task_001",
  project_id: "moox_project_123",
  dataset: "crypto_market",
  data_type: "kline",
  source: "binance",
  symbols: ["BTCUSDT", "ETHUSDT"],
  frequency: "5m",
  start_time: "2024-01-01T00:00:00Z",
  end_time: "2024-12-31T23:59:59Z",
  config: { batch_size: 100, history_days: 30 },
} as const

export const without = (event: object, field: string): object =>
  Object.fromEntries(Object.entries(event).filter(([name]) => name !== field))
