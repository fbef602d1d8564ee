import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Fiber, Layer } from "effect"
import * as Segments from "../../../../layers/journal/Segments.ts"
import * as Files from "../../../../layers/sink/Files.ts"
import { Journal } from "../../../../services/Journal.ts"
import { catalog } from "../../../../services/MetricCatalog.ts"
import { Metrics } from "../../../../services/Metrics.ts"
import { makeSinks } from "../../../../src/collect/sinks/Sinks.ts"
import { Actors } from "../../../../src/runtime/Actors.ts"
import { root } from "../../../../src/runtime/Supervisor.ts"
import { testEnvelopes, testStream } from "../../../support/envelopes.ts"
import { quiet } from "../../../support/filesSink.ts"
import { untilTrue } from "../../../support/process.ts"
import { areThere, inSlab } from "../../../support/slabs.ts"

const stream = testStream({})

const linesIn = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  let lines = 0
  for (const name of yield* fs.readDirectory(folder, { recursive: true }))
    if (name.endsWith(".jsonl"))
      lines += (yield* fs.readFileString(`${folder}/${name}`)).split("\n").length - 1
  return lines
})

describe("the session of a sink that settles in groups", () => {
  it.live("leaves its cursor exactly behind what its files hold, when it stops in peace", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped({ prefix: "millrace-settled-" })
      const journalLayer = Segments.layer({ path: `${folder}/journal`, sinks: ["files"] })
      const surroundings = Layer.mergeAll(journalLayer, Metrics.layer, Actors.layer)

      yield* Effect.gen(function* () {
        const journal = yield* Journal
        // No group is due by itself before the stop.
        const sink = yield* Files.make({ name: "files", path: `${folder}/records`, markInterval: "1 hour" })
        const sinks = yield* makeSinks([{ sink, from: "earliest" }], {})
        const running = yield* Effect.forkChild(root("sinks", sinks.run))
        for (let first = 0; first < 500; first += 50) {
          yield* journal.append(testEnvelopes([stream], first, 50))
          yield* Effect.sleep("2 millis")
        }
        yield* sinks.delivered
        yield* Fiber.interrupt(running)
      }).pipe(Effect.scoped, Effect.provide(Layer.fresh(surroundings)))

      assert.strictEqual(yield* linesIn(`${folder}/records`), 500)
      yield* Effect.gen(function* () {
        const [cursor] = (yield* (yield* Journal).status).cursors
        assert.deepInclude(cursor, { name: "files", position: 500, waiting: 0 })
      }).pipe(Effect.provide(Layer.fresh(surroundings)))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer), quiet),
  )

  it.live("gives bytes back once they are in its files and counted, though its cursor moves later", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped({ prefix: "millrace-settled-" })
      yield* Effect.gen(function* () {
        const journal = yield* Journal
        const sink = yield* Files.make({ name: "files", path: `${folder}/records`, markInterval: "1 hour" })
        const sinks = yield* makeSinks([{ sink, from: "earliest" }], {})
        const running = yield* Effect.forkChild(root("sinks", sinks.run))
        while ((yield* journal.status).cursors.length === 0) yield* Effect.sleep("2 millis")
        const appended = inSlab(testEnvelopes([stream], 0, 50))
        const bytes = appended.reduce((sum, { end, start }) => sum + end - start, 0)
        yield* journal.append(appended)
        yield* sinks.delivered
        assert.strictEqual((yield* journal.status).cursors[0]!.position, 0)
        yield* untilTrue("its bytes are given back", () => !areThere(appended))
        const { series } = yield* Metrics
        assert.deepStrictEqual(
          [catalog.sinkDelivered, catalog.sinkBatches, catalog.sinkBytes].map((each) => series.sum(each)),
          [50, 1, bytes],
        )
        yield* Fiber.interrupt(running)
      }).pipe(
        Effect.scoped,
        Effect.provide(
          Layer.mergeAll(
            Segments.layer({ path: `${folder}/journal`, sinks: ["files"] }),
            Metrics.layer,
            Actors.layer,
          ),
        ),
      )
      assert.strictEqual(yield* linesIn(`${folder}/records`), 50)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer), quiet),
  )
})
