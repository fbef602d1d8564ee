import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Logger } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { TaskDoor } from "../../../services/TaskDoor.ts"
import { Tasks } from "../../../services/Tasks.ts"
import { Millrace } from "../../../src/index.ts"
import { eventually } from "../../support/process.ts"

const minute = 60_000
const answerMillis = 30
const cap = 5

/** An exchange of klines that answers slowly, and knows how many requests were open at once. */
const slowExchange = Effect.acquireRelease(
  Effect.promise(async () => {
    const figures = { open: 0, most: 0, asked: 0 }
    const server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, "http://x")
      // What it is asked besides, such as its instruments, is no task's.
      if (pathname !== "/api/v3/klines") return void response.writeHead(404).end("{}")
      figures.asked++
      figures.most = Math.max(figures.most, ++figures.open)
      const start = Number(searchParams.get("startTime"))
      const price = ["1.0", "2.0", "0.5", "1.5", "10"]
      const row = [start, ...price, start + minute - 1, "15", 3, "5", "7", "0"]
      const answer = (): void => {
        // As long as no more were ever open at once than may be, the others are waited for.
        if (figures.most < cap) return void setTimeout(answer, answerMillis)
        figures.open--
        response.setHeader("content-type", "application/json").end(JSON.stringify([row]))
      }
      setTimeout(answer, answerMillis)
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    return { figures, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
  }),
  ({ server }) =>
    Effect.promise(
      () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    ),
)

describe("many tasks at once", () => {
  it.live("fifty with a cap of five never have more than five requests open, and all of them are done", () =>
    Effect.gen(function* () {
      const { figures, url } = yield* slowExchange
      const config = {
        exchanges: {
          binance: { restEndpoint: url, wsEndpoint: url.replace("http", "ws"), symbols: [], dataTypes: [] },
        },
        tasks: { concurrency: cap, perSource: cap },
      }
      const layer = Millrace.layer({ config }).pipe(Layer.provide(Logger.layer([])))
      const context = yield* Layer.build(layer)
      const door = Context.get(context, TaskDoor)
      const start = Math.floor(Date.now() / minute) * minute - 10 * minute
      for (let index = 0; index < 50; index++) {
        const { body } = yield* door.handle({
          action: "create_task",
          task_id: `task-${index}`,
          project_id: "p",
          dataset: "d",
          data_type: "kline",
          source: "binance",
          symbols: ["BTCUSDT"],
          frequency: "1m",
          start_time: new Date(start).toISOString(),
          end_time: new Date(start + minute).toISOString(),
        })
        assert.strictEqual(body["success"], true, JSON.stringify(body))
      }
      const tasks = Context.get(context, Tasks)
      const done = yield* eventually(
        "all fifty are done",
        Effect.map(tasks.list({ projectId: "p" }), (all) =>
          all.length === 50 && all.every(({ state }) => state === "completed") ? all : undefined,
        ),
      )
      assert.strictEqual(figures.asked, 50)
      assert.strictEqual(figures.most, cap)
      // By whichever task it came: the row is one record, whose id says so.
      assert.strictEqual(
        done.reduce((sum, { statistics }) => sum + statistics.records, 0),
        1,
      )
    }).pipe(Effect.scoped),
  )
})
