import { it } from "@effect/vitest"
import { Clock, Effect, Layer } from "effect"
import { Metrics } from "../../services/Metrics.ts"
import { Rest, RestError, type RestResponse } from "../../services/Rest.ts"
import { makeBudget } from "../../src/collect/Budget.ts"
import type { SequenceGap } from "../../src/collect/continuity/Continuity.ts"
import { makeGap } from "../../src/collect/continuity/Gap.ts"
import type { Backfill, Inlet } from "../../src/collect/Inlet.ts"
import { makeRepairs } from "../../src/collect/Repairs.ts"
import { parseDataType } from "../../src/domain/DataType.ts"
import type { Stream } from "../../src/domain/Stream.ts"
import { venues } from "../../src/exchanges/index.ts"
import { isRefusal } from "../../src/exchanges/Venue.ts"
import { Actors } from "../../src/runtime/Actors.ts"
import { root } from "../../src/runtime/Supervisor.ts"

const trade = (id: number) => ({ id, price: "1.5", qty: "2", time: 1000 + id, isBuyerMaker: true })

/** The venue has every trade up to `end`, but those that `without` names. */
export const history =
  (end: number, without: (id: number) => boolean = () => false) =>
  (url: URL): unknown => {
    const limit = Number(url.searchParams.get("limit"))
    const from = Number(url.searchParams.get("fromId") ?? end - limit + 1)
    const rows: Array<unknown> = []
    for (let id = from; id <= end && rows.length < limit; id++) if (!without(id)) rows.push(trade(id))
    return rows
  }

/** Running repairs on a scripted REST endpoint, which answers with JSON or a failure. */
export const bench = Effect.fnUntraced(function* (options: {
  readonly venue?: string
  readonly answer: (url: URL) => unknown
  readonly weight?: number
  /** Whether what was asked for is taken; always unless given. */
  readonly takes?: () => boolean
}) {
  const venue = venues.get(options.venue ?? "binance")!()
  const asked: Array<{ readonly at: number; readonly url: URL }> = []
  const delivered: Array<Backfill> = []
  const unwanted = new Set<Stream>()
  const budget = yield* makeBudget({ limit: options.weight ?? 6000, windowMillis: 60_000 })
  const repairs = makeRepairs({
    venue,
    restEndpoint: "http://exchange",
    proxy: undefined,
    budget,
    metrics: (yield* Metrics).venue(venue.name),
    into: () => ({
      offer: (inlet: Inlet) =>
        Effect.sync(() => {
          if (options.takes?.() === false) return false
          if ("backfillOf" in inlet) delivered.push(inlet)
          return true
        }),
    }),
    wanted: (stream) => !unwanted.has(stream),
  })
  const rest = Rest.of({
    get: ({ url }) =>
      Effect.gen(function* () {
        const parsed = new URL(url)
        asked.push({ at: yield* Clock.currentTimeMillis, url: parsed })
        const answer = options.answer(parsed)
        if (answer instanceof RestError) return yield* answer
        const body = Buffer.from(JSON.stringify(answer))
        return { body, receivedAt: 5, headers: {} } satisfies RestResponse
      }),
  })
  yield* Effect.forkChild(Effect.provideService(root("test", repairs.run), Rest, rest), {
    startImmediately: true,
  })
  const gap = (first: number, last: number, symbol = "BTC-USDT", word = "trade"): SequenceGap => {
    const instrument = venue.instrument(symbol)
    if (isRefusal(instrument)) throw new Error(instrument.refused)
    const stream = venue.stream(parseDataType(word)!, instrument)
    if (isRefusal(stream)) throw new Error(stream.refused)
    const size = last - first + 1
    const known = { first, cause: "sequence", from: {}, to: {}, repair: "pending" } as const
    return { ...makeGap(stream, known), last, left: size, size }
  }
  const idsOf = (of: SequenceGap) =>
    delivered
      .filter(({ backfillOf }) => backfillOf === of)
      .flatMap(({ records }) => records.map(({ first }) => first))
  return { repairs, asked, delivered, unwanted, budget, gap, idsOf }
})

export const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => first + n)

const services = Layer.merge(Actors.layer, Metrics.layer)

export const effect = (name: string, test: Effect.Effect<unknown, unknown, Actors | Metrics>) =>
  it.effect(name, () => Effect.provide(test, services))

export const failure = (reason: RestError["reason"], url: URL) =>
  new RestError({ reason, url: url.href, detail: "scripted" })
