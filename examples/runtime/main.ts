/**
 * Three actors in a line: a source, a parser that dies of one bad word and is restarted, a printer. When the source has
 * nothing more, the line is drained from the top. From a clone: `npm run build && node examples/runtime/main.ts`
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Actors, Mailbox, Pipeline, type Self, Supervisor } from "millrace/runtime"

const program = Effect.gen(function* () {
  const capacity = { items: 1, bytes: 1_024 }
  const words = yield* Mailbox.make<string>({ name: "words", capacity, sizeOf: (word) => word.length })
  const lengths = yield* Mailbox.make<string>({ name: "lengths", capacity, sizeOf: (line) => line.length })

  const parser = Pipeline.stage({
    name: "parser",
    from: words,
    to: lengths,
    handle: (batch) =>
      batch.includes("bad")
        ? Effect.die(new Error("a bad word"))
        : Effect.succeed(batch.map((word) => `${word} ${word.length}`)),
  })
  const printer = Pipeline.stage({
    name: "printer",
    from: lengths,
    handle: (batch) => Effect.as(Console.log(batch.join("\n")), []),
  })
  const source = Effect.fn("source")(function* (self: Self) {
    yield* self.ready
    for (const word of ["nothing", "is", "bad", "lost", "silently"]) {
      yield* words.offer(word)
      yield* Effect.sleep("20 millis")
    }
    const report = yield* Pipeline.drain({ stages: [parser, printer], deadline: "5 seconds" })
    yield* Console.log(`drained: ${report.drained}, left: ${report.left.length}`)
  })

  // Transient: restarted after a failure, finished after its normal end. The tree ends with its last child.
  const tree = Supervisor.root("example", (self) =>
    Supervisor.supervise(self, { intensity: { max: 3, within: "1 minute" } }, [
      { id: "printer", run: printer, restart: "transient" },
      { id: "parser", run: parser, restart: "transient" },
      { id: "source", run: source, restart: "transient" },
    ]),
  )
  yield* tree
  const { list } = yield* Actors
  for (const { path, state, restarts, lastError } of yield* list)
    yield* Console.log(`${path}: ${state}, ${restarts} restarts, last error: ${lastError ?? "none"}`)
})

NodeRuntime.runMain(program.pipe(Effect.provide(Actors.layer)))
