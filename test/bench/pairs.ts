import { Effect } from "effect"
import type { StreamStatus } from "../../services/Collection.ts"
import { eventually, temporaryFolder } from "../support/process.ts"
import { startHelper } from "./support/helper.ts"
import { Continuity, eachLineBelow } from "./support/lines.ts"
import { measure } from "./support/measure.ts"
import { startProduct } from "./support/product.ts"
import { mega, micros, type Row, thousands } from "./support/table.ts"

const symbolCount = 120
const rate = 10_000
const dataTypes = ["trade", "kline_1m", "ticker", "bbo", "depth"]

interface Endpoints {
  readonly wsEndpoint: string
  readonly restEndpoint: string
  readonly symbols: ReadonlyArray<string>
}

const must = (holds: boolean, what: string) => (holds ? Effect.void : Effect.die(new Error(what)))

/** The venue's REST weight allows 120 books a minute. */
const untilReady = "3 minutes"

const isWhole = (stream: StreamStatus): boolean => stream.state === "live" && stream.joined !== false

const journals = { memory: "journal in memory", segments: "journal on disk" } as const

const collected = Effect.fnUntraced(function* (
  options: { readonly quick: boolean },
  journal: keyof typeof journals,
) {
  const simulator = yield* startHelper("simulator", [String(symbolCount), String(rate)])
  const { symbols, ...endpoints } = yield* simulator.ask<Endpoints>("endpoints")
  const folder = yield* temporaryFolder
  const records = `${folder}/records`
  const product = yield* startProduct({
    folder,
    sinks: `{ name: files, type: files, path: ${records} }`,
    ...endpoints,
    symbols,
    dataTypes,
    journal,
  })
  const ready = Effect.map(product.status, ({ venues }) =>
    venues.every(({ streams }) => streams.every(isWhole)) ? true : undefined,
  )
  yield* eventually("every stream is live and every book is whole", ready, untilReady)
  const measured = yield* measure(product.usage, options.quick ? 2 : 5, options.quick ? 5 : 60)

  const sent = yield* simulator.ask<number>("silence")
  const arrived = Effect.map(product.accounts, ({ frames, records: account, sinks }) =>
    frames.received - frames.control === sent && account.inFlight === 0 && sinks[0]?.waiting === 0
      ? true
      : undefined,
  )
  yield* eventually(`all of ${sent} messages are in the files`, arrived)
  const accounts = yield* product.accounts
  yield* must(accounts.balanced, "the accounts do not balance")
  yield* product.stop

  const found = new Continuity()
  yield* Effect.promise(() => eachLineBelow(records, found.line))
  const lost = accounts.sinks[0]!.accepted - found.total
  yield* must(found.breaks.length === 0, `not contiguous: ${found.breaks.slice(0, 3).join("; ")}`)
  yield* must(lost === 0, `${lost} accepted records are not in the files`)
  const row = (figure: string, value: string, rest: Partial<Row> = {}): Row => ({
    bench: "pairs",
    figure: `${figure}, ${journals[journal]}`,
    value,
    ...rest,
  })
  return [
    row(`messages sent by the simulator, ${symbols.length} pairs`, thousands(sent)),
    row("of them lost", String(lost), { target: "0" }),
    row("messages a second", thousands(measured.messagesPerSecond)),
    row("cores", measured.cores.toFixed(2), { target: "< 0.50" }),
    row("CPU per message", micros(measured.microsPerMessage)),
    row("resident at most", mega(measured.residentBytes), { target: "< 300 MB" }),
  ]
}, Effect.scoped)

/**
 * 120 pairs from the exchange simulator, in a process of its own, into files. When the simulator has fallen silent,
 * everything it sent must be in the files.
 */
export const pairsBench = Effect.fnUntraced(function* (options: { readonly quick: boolean }) {
  const rows = yield* Effect.forEach(["memory", "segments"] as const, (journal) =>
    collected(options, journal),
  )
  return rows.flat()
})
