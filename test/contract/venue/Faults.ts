import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, References } from "effect"
import { stateOf } from "../../../src/collect/StreamTable.ts"
import { payloadOf } from "../../../src/domain/Envelope.ts"
import { type MarketRecord, parseRecord } from "../../../src/domain/Record.ts"
import { type FaultKind, makeSimulator } from "../../../src/simulator/index.ts"
import { protocols } from "../../../src/simulator/venues/index.ts"
import { allLive, collecting, collectInto } from "../../support/collecting.ts"
import { eventually } from "../../support/process.ts"
import { freshSeed } from "../../support/seed.ts"
import { isGap, newestGaps } from "../../support/streamStates.ts"
import { makeReader, stepsOf, truthAt } from "./BookReader.ts"
import type { BooksFixture } from "./Books.ts"
import { streamOf } from "./Support.ts"

/** One after the other, so that each is seen to be survived by itself; each with what has to be struck so often. */
const phasesOf = (
  /** As schedules write it. */
  wire: string,
  { unseen, sums, counts }: { unseen: boolean; sums: boolean; counts: boolean },
): ReadonlyArray<readonly [schedule: string, strikes: Readonly<Partial<Record<FaultKind, number>>>]> => [
  ...(unseen
    ? []
    : ([
        [`drop:2@${wire}/every=300ms/times=3`, { drop: 1 }],
        [`reorder@${wire}/every=300ms/times=3`, { reorder: 1 }],
      ] as const)),
  [`duplicate@${wire}/every=200ms/times=3,garbage/every=40/times=12`, { duplicate: 1, garbage: 12 }],
  [`malformed/every=40/times=6`, { malformed: 6 }],
  ...(sums ? ([[`checksum@${wire}/every=400ms/times=2`, { checksum: 1 }]] as const) : []),
  ["disconnect@0s", { disconnect: 1 }],
  // Whoever comes anew is told a book of before.
  ...(unseen ? [] : ([["stale:3s/times=2,reset@0s", { stale: 1, reset: 1 }]] as const)),
  ...(counts ? ([["sequence-reset@100ms", { "sequence-reset": 1 }]] as const) : []),
]

/** Every fault of the simulator that a venue's messages can have, on real sockets. */
export const faultsContract = (fixture: BooksFixture): void => {
  const { make, name, simulated } = fixture
  const { exactLevels, native, symbol, unseen = false } = simulated.book

  describe("under faults", () => {
    it.live(
      "its book is exact or declared broken, each gap is closed, and what stands beside it goes on: loss, copies, other orders, garbage, wrong checksums, disconnects, old snapshots, numbers that begin anew",
      () =>
        Effect.gen(function* () {
          const seed = freshSeed()
          const simulator = yield* makeSimulator({ symbols: ["BTC-USDT"], venues: [name], rate: 300, seed })
          const { collect, envelopes, tree } = yield* collectInto(simulator, {
            [name]: {
              symbols: [symbol],
              dataTypes: ["depth", "ticker", "trade"],
              books: { keep: true },
              connections: { reconnectDelay: "100 millis", maxReconnectDelay: "1 second" },
            },
          })
          const { table } = collect.runtimes.get(name)!
          const entries = () => [...table.values()]
          const { wire } = streamOf(make(), { symbol, dataType: "depth" })
          const started = simulator.now()
          const { anatomy, numbering } = protocols.get(name)!
          const book = entries().find(({ stream }) => stream.wire === wire)!
          yield* eventually(
            "every stream is live",
            Effect.sync(() => (allLive(collect)() ? true : undefined)),
            "60 seconds",
          )

          /** What is to be seen where something never happens. */
          const glance = () => {
            const { chain, continuity, records, rejected } = book
            const states = entries().map((entry) => `${entry.stream.wire} ${stateOf(entry)} ${entry.records}`)
            const gap = continuity.bookGap
            return JSON.stringify({
              book: { last: chain?.last, asked: chain?.asked, records, rejected },
              gap: gap && { first: gap.first, cause: gap.cause, to: gap.to, repair: gap.repair },
              states,
              struck: simulator.faultTotals(),
            })
          }
          const once = (holds: () => boolean) =>
            Effect.suspend(() => (holds() ? Effect.succeed(true) : Effect.fail(new Error(glance()))))

          /** Connections that were opened and not cut by a fault. */
          const uncut = () => {
            const { disconnect = 0, reset = 0 } = simulator.faultTotals()
            return simulator.venue(name).stats().attempts - disconnect - reset
          }

          const phases = phasesOf(wire.replaceAll("/", "*"), {
            unseen,
            sums: anatomy.checksum !== undefined,
            counts: numbering !== undefined,
          })
          for (const [schedule, strikes] of phases) {
            const standing = uncut()
            yield* simulator.inject(schedule)
            yield* eventually(
              `${schedule} has struck, and everything goes on (seed ${seed})`,
              once(() => {
                const totals = simulator.faultTotals()
                return Object.entries(strikes).every(
                  ([kind, count]) => (totals[kind as FaultKind] ?? 0) >= count,
                )
              }),
              "60 seconds",
            )
            // What cuts a connection strikes those that stand: the next one is none of them before it is there again.
            yield* eventually(
              `it connects again after ${schedule} (seed ${seed})`,
              once(() => uncut() >= standing),
              "60 seconds",
            )
            const counted = book.records
            yield* eventually(
              `the book goes on after ${schedule} (seed ${seed})`,
              once(() => book.chain?.last !== undefined && allLive(collect)() && book.records > counted + 2),
              "60 seconds",
            )
          }
          const counts = new Map(entries().map((entry) => [entry, entry.records]))
          yield* eventually(
            `every stream goes on (seed ${seed})`,
            once(() => entries().every((entry) => entry.records > counts.get(entry)!)),
            "60 seconds",
          )
          // A snapshot may be an old one again: its book breaks with the next change.
          let { snapshots } = book.continuity
          let began = book.records
          yield* eventually(
            `every gap of books is closed, and stays so (seed ${seed})`,
            Effect.sync(() => {
              const isWhole = book.chain?.last !== undefined && book.continuity.snapshots === snapshots
              if (isWhole) return book.records >= began + 10 || undefined
              snapshots = book.continuity.snapshots
              began = book.records
              return undefined
            }),
            "60 seconds",
          )
          yield* Fiber.interrupt(tree)

          const records: ReadonlyArray<MarketRecord> = envelopes.map((envelope) =>
            parseRecord(payloadOf(envelope).toString()),
          )
          const market = simulator.venue(name).market(native)!
          const reset = simulator
            .faults({ kind: "sequence-reset" })
            .find(({ detail }) => detail.startsWith(`book ids of ${native} `))
          const until = simulator.now() + 1000
          const stepOf = stepsOf(simulated, market, started - 60_000, until, reset?.firstId)
          const reader = makeReader(exactLevels)
          let compared = 0
          for (const record of records) {
            if (record.type !== "depth" && !(isGap(record) && record.data.channel === "depth")) continue
            const read = reader.read(record)
            if (record.type !== "depth" || read === undefined) continue
            const truth = truthAt(market, stepOf(record), exactLevels)
            const depth = record.data.kind === "snapshot" ? record.data.depth : undefined
            if (depth !== undefined && truth.split("\n").length > 2 * depth) continue
            assert.strictEqual(read(), truth, `${record.id} (seed ${seed})`)
            compared++
          }
          assert.isAbove(compared, 30)

          const gaps = newestGaps(records)
          const ofBook = gaps.filter(({ data }) => data.channel === "depth")
          assert.deepStrictEqual(
            ofBook.filter(({ data }) => data.repair !== "complete").map(({ data }) => data),
            [],
            `seed ${seed}`,
          )
          assert.isTrue(ofBook.some(({ data }) => data.cause === "disconnect"))
          if (!unseen) assert.isTrue(ofBook.some(({ data }) => data.cause === "sequence"))
          // What nobody interrupted has no gap by time.
          const causes = gaps.filter(({ data }) => data.channel === "ticker").map(({ data }) => data.cause)
          assert.isTrue(
            causes.every((cause) => ["disconnect", "rejected"].includes(cause)),
            causes.join(),
          )

          const accounts = yield* collect.service.accounts
          assert.isTrue(accounts.balanced, JSON.stringify(accounts))
          assert.isAbove(Object.keys(accounts.frames.rejected).length, 0)
          // Attempts to connect that a busy machine holds up arrive together, and one may be one too many for the venue.
          assert.isAtMost(simulator.venue(name).stats().refusals, 2)
        }).pipe(
          Effect.scoped,
          Effect.provide(collecting),
          Effect.provideService(References.MinimumLogLevel, "None"),
        ),
      300_000,
    )
  })
}
