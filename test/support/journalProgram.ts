import { NodeServices } from "@effect/platform-node"
import { Effect } from "effect"
import * as Segments from "../../layers/journal/Segments.ts"
import { testEnvelopes, testStream } from "./envelopes.ts"

/**
 * A process that opens the journal at a path and says `open`; then it appends for ever, a number at a time, and says after each
 * sync how many are accepted. With `hold` it only holds, with `flood` it appends a mebibyte or two at a time. Refused, it
 * says why.
 */
const [path = "", what = ""] = process.argv.slice(2)
const streams = [testStream({}), testStream({ base: "ETH" })]

const program = Effect.gen(function* () {
  const isFlood = what === "flood"
  const segmentSize = isFlood ? 64 * 1024 * 1024 : 50_000
  const { journal } = yield* Segments.make({ path, segmentSize, sinks: ["all"] })
  process.stdout.write("open\n")
  if (what === "hold") return yield* Effect.never
  yield* journal.reader("all", "earliest")
  for (;;) {
    const { accepted } = yield* journal.status
    yield* journal.append(
      testEnvelopes(streams, accepted, isFlood ? 3_000 + (accepted % 2_000) : 1 + (accepted % 40)),
    )
    yield* journal.sync
    process.stdout.write(`accepted ${(yield* journal.status).accepted}\n`)
  }
})

await Effect.runPromise(
  program.pipe(
    Effect.catch((error) => Effect.sync(() => process.stdout.write(`${error.message}\n`))),
    Effect.scoped,
    Effect.provide(NodeServices.layer),
  ),
)
