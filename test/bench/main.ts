/**
 * `npm run bench [-- NAME …] [-- --quick]`: measures Millrace beside the least that a client can be, in the same run
 * and on the same machine, and prints one table. docs/PERFORMANCE.md says what the figures mean.
 */
import { NodeServices } from "@effect/platform-node"
import { Effect } from "effect"
import { booksBench } from "./books.ts"
import { decodeBench } from "./decode.ts"
import { depthBench } from "./depth.ts"
import { filesBench } from "./files.ts"
import { kafkaBench } from "./kafka.ts"
import { pairsBench } from "./pairs.ts"
import { safetyBench } from "./safety.ts"
import { slowConsumerBench } from "./slowConsumer.ts"
import { tasksBench } from "./tasks.ts"
import { machine, micros, render, type Row, times } from "./support/table.ts"

const decode = Effect.map(
  Effect.sync(() => decodeBench()),
  (measures): ReadonlyArray<Row> =>
    measures.map(({ name, microsPerMessage, ratio }) => ({
      bench: "decode",
      figure: name,
      value: micros(microsPerMessage),
      against: times(ratio),
      ...(name.endsWith("scanners, encoded record") ? { target: "≤ 0.70×" } : {}),
    })),
)

const benches = {
  decode: () => decode,
  books: booksBench,
  depth: depthBench,
  files: filesBench,
  pairs: pairsBench,
  "slow-consumer": slowConsumerBench,
  safety: safetyBench,
  kafka: kafkaBench,
  tasks: tasksBench,
}

const names = Object.keys(benches) as Array<keyof typeof benches>
const args = process.argv.slice(2)
const quick = args.includes("--quick")
const wanted = args.filter((each) => each !== "--quick")
const unknown = wanted.find((each) => !names.some((name) => name === each))

const program = Effect.gen(function* () {
  if (unknown !== undefined)
    return yield* Effect.die(new Error(`no bench "${unknown}"; there are ${names.join(", ")}`))
  process.stdout.write(`${machine()}\n`)
  const rows: Array<Row> = []
  for (const name of names) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    process.stderr.write(`${name} …\n`)
    rows.push(...(yield* benches[name]({ quick })))
  }
  process.stdout.write(`\n${render(rows)}\n`)
})

await Effect.runPromise(program.pipe(Effect.provide(NodeServices.layer)))
process.exit()
