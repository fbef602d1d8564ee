import { Effect } from "effect"
import { temporaryFolder } from "../support/process.ts"
import type { Usage } from "./processes/answer.ts"
import { startHelper, type Helper } from "./support/helper.ts"
import { measureMessages, type Measured, medians, pairedRatio } from "./support/measure.ts"
import { startProduct } from "./support/product.ts"
import { mega, micros, type Row, thousands, times } from "./support/table.ts"

const dataTypes = ["trade", "bbo", "depth"]

interface Runs {
  readonly rounds: number
  /** Messages before the measuring begins: until then, five seconds of a flood, much of the code is still being compiled. */
  readonly warmUp: number
  readonly messages: number
}

const full: Runs = { rounds: 5, warmUp: 3_000_000, messages: 2_000_000 }
const quick: Runs = { rounds: 1, warmUp: 50_000, messages: 100_000 }

const product = Effect.fnUntraced(function* (
  feed: Helper,
  journal: "segments" | "memory",
  { warmUp, messages }: Runs,
) {
  const folder = yield* temporaryFolder
  const port = yield* feed.ask<number>("port")
  const running = yield* startProduct({
    folder,
    journal,
    sinks: `{ name: files, type: files, path: ${folder}/records }`,
    wsEndpoint: `ws://127.0.0.1:${port}`,
    restEndpoint: `http://127.0.0.1:${port}`,
    symbols: ["ETHUSDT"],
    dataTypes,
  })
  const measured = yield* measureMessages(running.usage, warmUp, messages)
  const { balanced, frames } = yield* running.accounts
  if (!balanced) return yield* Effect.die(new Error("the accounts do not balance"))
  if (Object.keys(frames.rejected).length > 0) return yield* Effect.die(new Error("frames were rejected"))
  yield* running.stop
  return measured
}, Effect.scoped)

const bare = Effect.fnUntraced(function* (
  feed: Helper,
  how: "guarded" | "plain",
  { warmUp, messages }: Runs,
) {
  const port = yield* feed.ask<number>("port")
  const client = yield* startHelper("bare", [`ws://127.0.0.1:${port}`, `http://127.0.0.1:${port}`, how])
  return yield* measureMessages(client.ask<Usage>("usage"), warmUp, messages)
}, Effect.scoped)

/**
 * CPU per message from a real socket into files, against clients that only parse, on the recorded session flooded by
 * another process. Each run is a fresh process, and the variants take turns.
 */
export const filesBench = Effect.fnUntraced(function* (options: { readonly quick: boolean }) {
  const runs = options.quick ? quick : full
  const feed = yield* startHelper("feed")
  yield* feed.ask("pace", "flood")
  const guarded: Array<Measured> = []
  const plain: Array<Measured> = []
  const inMemory: Array<Measured> = []
  const onDisk: Array<Measured> = []
  for (let round = 0; round < runs.rounds; round++) {
    guarded.push(yield* bare(feed, "guarded", runs))
    inMemory.push(yield* product(feed, "memory", runs))
    onDisk.push(yield* product(feed, "segments", runs))
    plain.push(yield* bare(feed, "plain", runs))
  }
  const against = (own: ReadonlyArray<Measured>, base: ReadonlyArray<Measured>) => {
    const { median, least, most } = pairedRatio(own, base)
    return `${times(median)} [${times(least)} … ${times(most)}]`
  }
  const row = (figure: string, value: string, rest: Partial<Row> = {}): Row => ({
    bench: "files",
    figure,
    value,
    ...rest,
  })
  return [
    row("CPU per message, ws + JSON.parse + object", micros(medians(plain).microsPerMessage)),
    row("the same with guards", micros(medians(guarded).microsPerMessage)),
    ...(
      [
        ["journal in memory", inMemory, { target: "≤ 1.80×" }, {}],
        ["journal on disk, as it is by default", onDisk, {}, { target: "≤ 1.10×" }],
      ] as const
    ).flatMap(([name, own, guardedTarget, plainTarget]) => [
      row(`CPU per message, Millrace, socket to files, ${name}`, micros(medians(own).microsPerMessage)),
      row(`ratio to the client with guards, ${name}`, against(own, guarded), guardedTarget),
      row(`ratio to the client without, ${name}`, against(own, plain), plainTarget),
      row(`messages a second, ${name}`, thousands(medians(own).messagesPerSecond), {
        against: `${thousands(medians(guarded).messagesPerSecond)} with guards`,
      }),
      row(`resident at most, ${name}`, mega(medians(own).residentBytes), {
        against: `${mega(medians(guarded).residentBytes)} with guards`,
      }),
    ]),
  ]
}, Effect.scoped)
