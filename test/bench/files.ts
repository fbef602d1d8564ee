import { Effect } from "effect"
import { temporaryFolder } from "../support/process.ts"
import type { Usage } from "./processes/answer.ts"
import { startHelper, type Helper } from "./support/helper.ts"
import { measure, type Measured, medians, pairedRatio } from "./support/measure.ts"
import { startProduct } from "./support/product.ts"
import { mega, micros, type Row, thousands, times } from "./support/table.ts"

const dataTypes = ["trade", "bbo", "depth"]

interface Times {
  readonly rounds: number
  readonly warmUpSeconds: number
  readonly seconds: number
}

const full: Times = { rounds: 5, warmUpSeconds: 4, seconds: 8 }
const quick: Times = { rounds: 1, warmUpSeconds: 1, seconds: 2 }

const product = Effect.fnUntraced(function* (feed: Helper, { warmUpSeconds, seconds }: Times) {
  const folder = yield* temporaryFolder
  const port = yield* feed.ask<number>("port")
  const running = yield* startProduct({
    folder,
    sinks: `{ name: files, type: files, path: ${folder}/records }`,
    wsEndpoint: `ws://127.0.0.1:${port}`,
    restEndpoint: `http://127.0.0.1:${port}`,
    symbols: ["ETHUSDT"],
    dataTypes,
  })
  const measured = yield* measure(running.usage, warmUpSeconds, seconds)
  const { balanced, frames } = yield* running.accounts
  if (!balanced) return yield* Effect.die(new Error("the accounts do not balance"))
  if (Object.keys(frames.rejected).length > 0) return yield* Effect.die(new Error("frames were rejected"))
  yield* running.stop
  return measured
}, Effect.scoped)

const bare = Effect.fnUntraced(function* (
  feed: Helper,
  how: "guarded" | "plain",
  { warmUpSeconds, seconds }: Times,
) {
  const port = yield* feed.ask<number>("port")
  const client = yield* startHelper("bare", [`ws://127.0.0.1:${port}`, `http://127.0.0.1:${port}`, how])
  return yield* measure(client.ask<Usage>("usage"), warmUpSeconds, seconds)
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
  const millrace: Array<Measured> = []
  for (let round = 0; round < runs.rounds; round++) {
    guarded.push(yield* bare(feed, "guarded", runs))
    millrace.push(yield* product(feed, runs))
    plain.push(yield* bare(feed, "plain", runs))
  }
  const against = (base: ReadonlyArray<Measured>) => {
    const { median, least, most } = pairedRatio(millrace, base)
    return `${times(median)} [${times(least)} … ${times(most)}]`
  }
  const own = medians(millrace)
  const row = (figure: string, value: string, rest: Partial<Row> = {}): Row => ({
    bench: "files",
    figure,
    value,
    ...rest,
  })
  return [
    row("CPU per message, ws + JSON.parse + object", micros(medians(plain).microsPerMessage)),
    row("the same with guards", micros(medians(guarded).microsPerMessage)),
    row("CPU per message, Millrace, socket to files", micros(own.microsPerMessage)),
    row("ratio to the client with guards", against(guarded), { target: "≤ 1.80×" }),
    row("ratio to the client without", against(plain)),
    row("messages a second", thousands(own.messagesPerSecond), {
      against: `${thousands(medians(guarded).messagesPerSecond)} with guards`,
    }),
    row("resident at most", mega(own.residentBytes), {
      against: `${mega(medians(guarded).residentBytes)} with guards`,
    }),
  ]
}, Effect.scoped)
