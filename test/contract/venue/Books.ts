import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, References } from "effect"
import * as MemoryJournal from "../../../layers/journal/Memory.ts"
import { Metrics } from "../../../services/Metrics.ts"
import { isSnapshot } from "../../../src/collect/DepthChain.ts"
import type { Parsed } from "../../../src/collect/Inlet.ts"
import { makeParser } from "../../../src/collect/Parser.ts"
import { type DepthRule, restSnapshots, type Venue } from "../../../src/exchanges/Venue.ts"
import type { SymbolMarket } from "../../../src/simulator/index.ts"
import { makeExchange } from "../../../src/simulator/server/Exchange.ts"
import { protocols } from "../../../src/simulator/venues/index.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"
import { drivenStates, isGap } from "../../support/streamStates.ts"
import type { VenueFixture } from "../Venue.ts"
import { makeReader, stepsOf, truthAt } from "./BookReader.ts"
import { bytesOf, decodeFrame, streamOf } from "./Support.ts"

const services = Layer.merge(MemoryJournal.layer({ capacityBytes: 256 << 20 }), Metrics.layer)

/**
 * Schedules of faults that are tried on a whole journal; `MILLRACE_SCHEDULES` for more. test/src/collect/books tries
 * hundreds without one, and `npm run faults -- books` thousands.
 */
const schedules = Number(process.env["MILLRACE_SCHEDULES"] ?? 8)

interface World {
  readonly venue: Venue
  readonly market: SymbolMarket
  readonly wire: string
  /** The frames of a period, and those that a subscriber of a moment gets first. */
  readonly between: (from: number, to: number) => ReadonlyArray<string>
  readonly opening: (time: number) => ReadonlyArray<string>
  /** A snapshot of a moment, as REST or an answer on the connection brings it. */
  readonly snapshot: (time: number) => Parsed
}

/** What the books of a venue are tried with. */
export type BooksFixture = Pick<VenueFixture, "name" | "make" | "simulated">

const makeWorld = ({ name, make, simulated }: BooksFixture, seed: number): World => {
  const venue = make()
  const protocol = protocols.get(name)!
  const exchange = makeExchange(protocol, { seed, symbols: ["BTC-USDT"], rate: 100, limits: protocol.limits })
  const market = exchange.symbols.get(simulated.book.native)!
  const stream = streamOf(venue, { symbol: simulated.book.symbol, dataType: "depth" })
  const feed = exchange.feed(stream.wire)
  if (feed === undefined) throw new Error(`the simulator has no stream ${stream.wire}`)
  const framed = (payloads: ReadonlyArray<string>) => payloads.map((each) => protocol.wrap(feed.name, each))
  const decoded = (frame: string | Buffer): Parsed => {
    const { records } = decodeFrame(
      venue,
      protocol.binary === undefined ? frame : protocol.binary(String(frame)),
      undefined,
      stream.route,
    )
    return { kind: "records", records, bytes: 0 }
  }
  return {
    venue,
    market,
    wire: stream.wire,
    between: (from, to) => framed(feed.between(from, to)),
    opening: (time) => framed(feed.opening?.(time) ?? []),
    snapshot: (time) => {
      const rest = restSnapshots(venue.depth)
      if (rest === undefined) return decoded(simulated.snapshotFrame!(market, time))
      const { levels, path } = rest.request(stream.instrument)
      const { pathname, searchParams } = new URL(path, "http://localhost")
      const answer = protocol.rest(pathname, searchParams, time, exchange)!
      const result = rest.decode(Buffer.from(answer.body), stream, time, levels)
      return { kind: "snapshot", stream, result, bytes: 0 }
    },
  }
}

interface Due {
  readonly at: number
  readonly message: Parsed
}

/** What may happen to a frame: of `wire` faults some do not show at every venue, of `unreadable` ones each does. */
type Faults = "wire" | "unreadable"

/** One schedule: what happens on the wire, and what comes of it. */
const runSchedule = (fixture: BooksFixture, dice: Dice, faults: Faults = "wire") =>
  Effect.gen(function* () {
    const world = makeWorld(fixture, dice.int(1000))
    const { venue } = world
    const rule: DepthRule = venue.depth!
    const protocol = protocols.get(fixture.name)!
    const stream = streamOf(venue, { symbol: fixture.simulated.book.symbol, dataType: "depth" })
    const driven = yield* drivenStates([stream], { depth: rule })
    const start = 1_790_000_000_000 + dice.int(1_000_000_000)
    const due: Array<Due> = []
    const later = (at: number, message: Parsed) => {
      due.push({ at, message })
      due.sort((left, right) => left.at - right.at)
    }
    const decoded = (frame: string): Parsed => {
      const bytes = protocol.binary === undefined ? bytesOf(frame) : protocol.binary(frame)
      return {
        kind: "records",
        records: decodeFrame(venue, bytes, undefined, stream.route).records,
        bytes: 0,
      }
    }
    const chance = dice.next() * 0.15
    const stepOf = stepsOf(fixture.simulated, world.market, start - 60_000, start + 60_000)

    const { exactLevels: shown, unseen } = fixture.simulated.book
    const exactLevels = faults === "unreadable" ? undefined : shown
    const parse = makeParser({
      venue,
      metrics: (yield* Metrics).venue("parsed"),
      onControl: () => {},
      onReject: () => {},
      booksOn: () => [stream],
    })
    /** What came in its place is of nobody. */
    const unreadable = (at: number): ReadonlyArray<Parsed> => {
      const bytes = Buffer.from(dice.pick(["", "{", "no message", "[1,2"]))
      const { route } = stream
      return parse([{ connection: "1", route, frames: [bytes], receivedAt: [at], bytes: bytes.length }])
    }
    const reader = makeReader(exactLevels)
    let read = 0
    let wasSnapshot = false
    const check = () => {
      for (; read < driven.out.length; read++) {
        const record = driven.out[read]!
        const book = reader.read(record)
        if (book === undefined || record.type !== "depth") continue
        // What is wrong stays wrong: some of many are enough, and each that comes after a snapshot.
        if (record.data.kind === "delta" && !wasSnapshot && !dice.chance(0.1)) continue
        wasSnapshot = record.data.kind === "snapshot"
        // A snapshot of fewer levels than the book has tells the rest by and by.
        const truth = truthAt(world.market, stepOf(record), exactLevels)
        const depth = record.data.kind === "snapshot" ? record.data.depth : undefined
        if (depth !== undefined && truth.split("\n").length > 2 * depth) continue
        if (book() !== truth) throw new Error(`${record.id} is not the exchange's book`)
      }
    }

    /** The rule's way to a snapshot, late and sometimes stale or lost. */
    const bring = (now: number, faulty: boolean) => {
      const at = now + 20 + dice.int(faulty ? 800 : 50)
      const of = faulty && unseen !== true && faults === "wire" && dice.chance(0.2) ? at - dice.int(1500) : at
      if (rule.snapshots.kind !== "stream") return later(at, world.snapshot(of))
      for (const frame of world.opening(of)) later(at, decoded(frame))
    }
    let events = 0
    let asked = Number.NEGATIVE_INFINITY
    const answer = (now: number, faulty: boolean) => {
      for (; events < driven.events.length; events++) {
        const event = driven.events[events]!
        if (event.kind !== "wanted") continue
        asked = now
        if (!(faulty && dice.chance(0.1))) bring(now, faulty)
      }
      // It is asked for again as long as the book is not whole.
      if (driven.table.get(stream)!.chain?.last === undefined && now - asked > 2000) {
        asked = now
        bring(now, faulty)
      }
    }
    const deliver = Effect.fnUntraced(function* (now: number, faulty: boolean) {
      while (due.length > 0 && due[0]!.at <= now) {
        yield* driven.handle(due.shift()!.message)
        answer(now, faulty)
      }
      answer(now, faulty)
      check()
    })

    for (const frame of world.opening(start)) later(start, decoded(frame))
    let now = start
    const faultyUntil = start + 6000
    let held: Array<Parsed> = []
    while (now < start + 16_000) {
      const to = now + 100
      const faulty = to < faultyUntil
      for (const frame of world.between(now, to)) {
        const message = decoded(frame)
        if (faulty && dice.chance(chance)) {
          // Copies and new connections alone, where no other fault shows.
          const fault =
            faults === "unreadable"
              ? dice.pick([1, 3, 4, 4, 4])
              : unseen === true
                ? 1 + 2 * dice.int(2)
                : dice.int(4)
          if (fault === 0) continue
          if (fault === 4) {
            for (const each of unreadable(to)) later(to, each)
            continue
          }
          if (fault === 1) later(to, message)
          if (fault === 2) {
            held.push(message)
            continue
          }
          if (fault === 3) {
            // A new connection: everything on its way is gone, and it begins as the venue begins.
            due.length = 0
            yield* driven.interrupt("disconnect", to)
            for (const first of world.opening(to)) later(to, decoded(first))
            continue
          }
        }
        later(to, message)
        for (const late of held) later(to, late)
        held = []
      }
      yield* deliver(to, faulty)
      now = to
    }
    if (driven.table.get(stream)!.chain?.last === undefined)
      throw new Error("the book never became whole again")
    if (driven.gaps.length > 0) {
      const open = new Map(driven.out.filter(isGap).map((gap) => [gap.id, gap.data.repair]))
      expect([...open.values()].filter((repair) => repair !== "complete")).toEqual([])
    }
    if (!driven.balanced()) throw new Error(`records do not balance: ${JSON.stringify(driven.account())}`)
    return driven.out.length
  }).pipe(Effect.provide(services), Effect.provideService(References.MinimumLogLevel, "None"))

/** Books: exact, or declared broken, whatever the wire does. */
export const booksContract = (fixture: BooksFixture): void => {
  describe("books", () => {
    it("are told apart: a snapshot on the stream has no first sequence", () => {
      const { venue, opening } = makeWorld(fixture, 1)
      const { route } = streamOf(venue, { symbol: fixture.simulated.book.symbol, dataType: "depth" })
      if (venue.depth?.snapshots.kind !== "stream") return
      const frames = opening(1_790_000_000_000)
      expect(frames.length).toBe(1)
      const protocol = protocols.get(fixture.name)!
      const bytes = protocol.binary === undefined ? bytesOf(frames[0]!) : protocol.binary(frames[0]!)
      expect(decodeFrame(venue, bytes, undefined, route).records.map(isSnapshot)).toEqual([true])
    })

    it.live(
      `are exact or declared broken under ${schedules} random schedules of loss, copies, reordering, stale snapshots and new connections`,
      () => withSeeds(schedules, (dice) => Effect.asVoid(runSchedule(fixture, dice))),
      Math.max(180_000, schedules * 2000),
    )

    it.live(
      `are exact at every level or declared broken under ${schedules} random schedules of frames that cannot be read`,
      () => withSeeds(schedules, (dice) => Effect.asVoid(runSchedule(fixture, dice, "unreadable"))),
      Math.max(180_000, schedules * 2000),
    )
  })
}
