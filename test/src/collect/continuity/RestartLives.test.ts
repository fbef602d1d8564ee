import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { decodeCheckpoint, encodeCheckpoint } from "../../../../src/collect/continuity/Checkpoint.ts"
import { markOf } from "../../../../src/collect/continuity/Marking.ts"
import { makeTrails } from "../../../../src/collect/continuity/Trails.ts"
import type { Envelope } from "../../../../src/domain/Envelope.ts"
import { type MarketRecord, parseRecord } from "../../../../src/domain/Record.ts"
import type { Stream } from "../../../../src/domain/Stream.ts"
import { assertBook } from "../../../support/exchangeTruth.ts"
import { quiet } from "../../../support/filesSink.ts"
import { type Exchange, makeExchange, makeLine, streams } from "../../../support/restartedExchange.ts"
import { type Driven, type Kept, pendingOf, process, readBack, start } from "../../../support/restarting.ts"
import { type Dice, withSeeds } from "../../../support/seed.ts"
import { isGap, newestGaps } from "../../../support/streamStates.ts"

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** What REST gives for a gap: all of it, or now and then a part, and no more. */
const repair = (driven: Driven, exchange: Exchange, dice: Dice | undefined) =>
  Effect.forEach(pendingOf(driven), (gap) => {
    if (dice?.chance(0.7) === true) return Effect.void
    const whole = exchange.of(gap.stream, gap.first, gap.last)
    const records = dice?.chance(0.5) === true ? whole.filter(() => dice.chance(0.5)) : whole
    const done = dice === undefined || dice.chance(0.3)
    const backfill = { backfillOf: gap, records, holes: [], done, at: exchange.now() }
    return driven.handle({ kind: "backfill", backfill, bytes: 0 })
  })

const snapshots = (driven: Driven) => {
  let seen = 0
  return Effect.fnUntraced(function* (exchange: Exchange, dice: Dice | undefined) {
    for (;;) {
      const wanted = driven.events.slice(seen).some(({ kind }) => kind === "wanted")
      if (!wanted || dice?.chance(0.5) === true) return
      seen = driven.events.length
      const result = exchange.snapshot(dice?.chance(0.2) === true ? dice.int(10) : 0)
      yield* driven.handle({ kind: "snapshot", stream: streams.book, result, bytes: 0 })
    }
  })
}

/** The state that the streams' own actor has, as a checkpoint would hold it. */
const liveMarks = (driven: Driven) =>
  [...driven.table.values()].map(({ chain, continuity }) =>
    markOf(continuity, chain?.last === undefined ? undefined : { last: chain.last, joining: chain.joining }),
  )

/** A book's newest delta may still wait for a snapshot; whatever else is known is in the journal. */
const comparable = (marks: ReadonlyArray<{ readonly stream: { readonly dataType: string } }>) =>
  new Map(
    marks.map((mark) => {
      const { newest, ...rest } = plain(mark) as Record<string, unknown>
      return [mark.stream.dataType, mark.stream.dataType === "depth" ? rest : { newest, ...rest }]
    }),
  )

/** One process, until it is killed: what of its last batches was not accepted is lost. */
const life = Effect.fnUntraced(function* (kept: Kept, exchange: Exchange, dice: Dice, isLast: boolean) {
  const driven = yield* start(kept, { canRepair: dice.chance(0.8) }).pipe(quiet)
  const line = makeLine(dice)
  const fetchSnapshots = snapshots(driven)
  const trails = makeTrails({ marks: [], position: 0, keepMillis: 3_600_000, collected: () => undefined })
  trails.follower.accepted(kept.envelopes.map(readBack), kept.envelopes.length)
  const before = kept.envelopes.length
  let accepted = 0

  const compare = () => {
    const fresh = driven.envelopes.slice(accepted)
    accepted = driven.envelopes.length
    trails.follower.accepted(fresh, before + accepted)
    const live = comparable(liveMarks(driven))
    const marks = trails.marks()
    assert.deepStrictEqual(
      plain(Result.getOrThrow(decodeCheckpoint(encodeCheckpoint(marks)))),
      plain(marks),
      "a checkpoint keeps everything",
    )
    for (const [word, mark] of comparable(marks)) assert.deepStrictEqual(mark, live.get(word), word)
    if (dice.chance(0.1))
      kept.checkpoint = { position: before + accepted, bytes: trails.follower.checkpoint() }
  }

  const connect = Effect.fnUntraced(function* (cause: "restart" | "disconnect") {
    yield* driven.interrupt(cause, exchange.now())
    line.cut()
    exchange.steps(dice.int(20))
    const latest = exchange.latest()
    if (latest !== undefined && dice.chance(0.5)) yield* driven.records([latest])
  })

  yield* connect("restart")
  for (let round = 0; round < 25; round++) {
    if (dice.chance(0.1)) yield* connect("disconnect")
    yield* driven.records(line.carry(exchange.steps(1 + dice.int(5))))
    yield* fetchSnapshots(exchange, dice)
    yield* repair(driven, exchange, dice)
    compare()
  }
  if (isLast) {
    // Everything settles: the line is good, and REST has all.
    for (let round = 0; round < 12; round++) yield* driven.records(exchange.steps(1))
    yield* fetchSnapshots(exchange, undefined)
    yield* driven.records(exchange.steps(8))
    yield* repair(driven, exchange, undefined)
    compare()
  }
  const lost = isLast ? 0 : dice.int(40)
  const survived = driven.envelopes.slice(0, Math.max(0, driven.envelopes.length - lost))
  kept.envelopes.push(...survived)
  if (kept.checkpoint !== undefined && kept.checkpoint.position > kept.envelopes.length)
    kept.checkpoint = undefined
  assert.isTrue(driven.balanced())
})

/** Each of the truth between the first and the last that came: here, or named by a gap that could not be repaired. */
const assertChain = (records: ReadonlyArray<MarketRecord>, exchange: Exchange, stream: Stream) => {
  const word = stream.dataType.word
  const came = records.flatMap((record) => {
    if (record.type === "trade") return [Number(record.data.tradeId)]
    return record.type === "kline" && record.data.closed ? [record.data.startTime] : []
  })
  assert.strictEqual(new Set(came).size, came.length, `${word}: nothing comes twice`)
  const here = new Set(came)
  const gaps = newestGaps(records).filter(({ data }) => data.to.sequence !== undefined)
  const [lowest, highest] = [Math.min(...came), Math.max(...came)]
  const truth = exchange.said.filter(
    (record) =>
      record.stream === stream && record.last >= 0 && record.first >= lowest && record.first <= highest,
  )
  for (const { first } of truth) {
    const gap = gaps.find(
      ({ data }) => Number(data.from.sequence) <= first && first <= Number(data.to.sequence),
    )
    assert.notStrictEqual(gap?.data.repair, "pending", `${word} ${first}: ${JSON.stringify(gap)}`)
    if (here.has(first)) continue
    assert.isDefined(gap, `${word} ${first} did not come, and no gap names it`)
    assert.notStrictEqual(gap.data.repair, "complete", `${word} ${first}`)
  }
  assert.isAbove(came.length, truth.length / 4)
}

const ofStream = (records: ReadonlyArray<MarketRecord>, envelopes: ReadonlyArray<Envelope>, stream: Stream) =>
  records.filter((_, index) => envelopes[index]!.stream.key === stream.key)

describe("streams over many lives", () => {
  it.effect(
    "what a kill leaves in the journal is enough: each record comes once, and what does not come is named, over many lives",
    () =>
      withSeeds(8, (dice) =>
        Effect.gen(function* () {
          const exchange = makeExchange(dice)
          const kept: Kept = { envelopes: [], checkpoint: undefined }
          const lives = 2 + dice.int(4)
          for (let number = 1; number <= lives; number++) {
            yield* life(kept, exchange, dice, number === lives).pipe(Effect.scoped, Effect.provide(process))
            exchange.steps(dice.int(60))
          }
          const records = kept.envelopes.map((envelope) => parseRecord(envelope))
          const ids = records.map((record) => `${record.id} ${isGap(record) ? record.revision : ""}`)
          assert.deepStrictEqual(
            ids.filter((id, index) => ids.indexOf(id) !== index),
            [],
            "nothing comes twice",
          )
          for (const stream of [streams.trades, streams.aggregates, streams.klines])
            assertChain(ofStream(records, kept.envelopes, stream), exchange, stream)
          assertBook(ofStream(records, kept.envelopes, streams.book))
          for (const gap of newestGaps(records)) assert.notDeepEqual(gap.data.to, {}, gap.id)
          assert.isTrue(records.some((record) => isGap(record) && record.data.cause === "restart"))
        }),
      ),
  )
})
