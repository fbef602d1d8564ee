import { Effect } from "effect"
import { Journal } from "../../../services/Journal.ts"
import { Metrics } from "../../../services/Metrics.ts"
import type { Parsed } from "../../../src/collect/Inlet.ts"
import { type ChainEvent, makeStreamStates, recordsIn } from "../../../src/collect/StreamStates.ts"
import { makeEntry, type StreamEntry } from "../../../src/collect/StreamTable.ts"
import { makeFlow } from "../../../src/collect/venue/Flow.ts"
import type { Decoded } from "../../../src/domain/Decoded.ts"
import { type Envelope, payloadOf } from "../../../src/domain/Envelope.ts"
import type { Stream } from "../../../src/domain/Stream.ts"
import type { Dice } from "../seed.ts"
import { makeReader } from "./digest.ts"
import type { BookRule } from "./rules.ts"
import { tickMillis, type World } from "./world.ts"

/** What a schedule came to. */
export interface Outcome {
  readonly faults: number
  /** Records of the book that were held against the exchange's. */
  readonly compared: number
  readonly gaps: number
}

/** Faults strike in these ticks; after them the book has so long to become whole. */
const faultyTicks = 60
/** It is asked for again when it is not whole for so long. */
const againMillis = 2000

type Fault = "lost" | "copied" | "late" | "disconnected"

const faultOf = (dice: Dice, unseen: boolean): Fault =>
  unseen
    ? dice.pick(["copied", "disconnected"] as const)
    : dice.pick(["lost", "lost", "copied", "late", "disconnected"] as const)

interface Due {
  readonly at: number
  readonly message: Parsed
}

/** What came on the stream, or as an answer of REST. */
const messageOf = (world: World, record: Decoded, isSnapshot: boolean): Parsed =>
  isSnapshot && world.rule.snapshots.kind === "rest"
    ? { kind: "snapshot", stream: world.stream, result: record, bytes: 0 }
    : { kind: "records", records: [record], bytes: 0 }

/** The streams' states on a journal that only hands back what it is given. */
const makeStates = Effect.fnUntraced(function* (world: World) {
  const metrics = (yield* Metrics).venue("schedules")
  const entry: StreamEntry = makeEntry(world.stream, "config")
  const table = new Map<Stream, StreamEntry>([[world.stream, entry]])
  const events: Array<ChainEvent> = []
  const flow = makeFlow()
  const out: Array<Envelope> = []
  const states = makeStreamStates({
    table,
    metrics,
    flow,
    depth: world.rule,
    sources: { stream: "stream", rest: "rest" },
    canSnapshot: () => true,
    canRepair: () => false,
    onChain: (event) => events.push(event),
    onGap: () => {},
  })
  const journal = {
    append: (envelopes: ReadonlyArray<Envelope>, onAccepted: (accepted: ReadonlyArray<Envelope>) => void) =>
      Effect.sync(() => {
        out.push(...envelopes)
        onAccepted(envelopes)
        return undefined
      }),
  } as unknown as Journal["Service"]
  return {
    entry,
    events,
    out,
    handle: (message: Parsed) => {
      flow.parsed += recordsIn(message)
      return Effect.provideService(states.handle([message]), Journal, journal)
    },
  }
})

/**
 * One schedule of faults on one book: losses, copies, another order, new connections, snapshots that are late, old or
 * lost, and a venue that counts anew. Fails with what is wrong; each record that is published is compared.
 */
export const runSchedule = Effect.fnUntraced(function* (rule: BookRule, world: World, dice: Dice) {
  const { entry, events, handle, out } = yield* makeStates(world)
  const unseen = rule.unseen === true
  const chance = 0.02 + dice.next() * 0.2
  const reader = makeReader(rule.exactLevels)
  const open = new Map<string, string>()
  let faults = 0
  let compared = 0
  let read = 0
  const check = (): string | undefined => {
    for (; read < out.length; read++) {
      const { book, record } = reader.read(payloadOf(out[read]!).toString("latin1"))
      if (record.type === "gap") open.set(record.id, record.data.repair)
      if (book === undefined || record.type !== "depth") continue
      const last = Number(record.data.sequence.last)
      const truth = world.truth({ key: out[read]!.key, last, timestamp: record.timestamp })
      if (book !== truth) return `${record.id} is not the exchange's book`
      compared++
    }
    return undefined
  }

  const due: Array<Due> = []
  const later = (at: number, message: Parsed) => {
    let index = due.length
    while (index > 0 && due[index - 1]!.at > at) index--
    due.splice(index, 0, { at, message })
  }
  const bring = (tick: number, faulty: boolean) => {
    const at = tick + 1 + dice.int(faulty ? 8 : 2)
    const isOld = faulty && !unseen && dice.chance(0.2)
    const of = Math.min(world.ticks - 1, isOld ? Math.max(0, at - 1 - dice.int(15)) : at)
    if (isOld) faults++
    later(at, messageOf(world, world.snapshot(of), true))
  }
  let seen = 0
  let asked = Number.NEGATIVE_INFINITY
  const answer = (tick: number, faulty: boolean) => {
    for (; seen < events.length; seen++) {
      if (events[seen]!.kind !== "wanted") continue
      asked = tick
      if (faulty && dice.chance(0.1)) faults++
      else bring(tick, faulty)
    }
    if (entry.chain?.last === undefined && (tick - asked) * tickMillis > againMillis) {
      asked = tick
      bring(tick, faulty)
    }
  }

  if (world.rule.snapshots.kind === "stream") later(0, messageOf(world, world.snapshot(0), true))
  const held: Array<Parsed> = []
  for (let tick = 1; tick < world.ticks; tick++) {
    const faulty = tick < faultyTicks
    for (const delta of world.deltas(tick)) {
      const message = messageOf(world, delta, false)
      const fault = faulty && dice.chance(chance) ? faultOf(dice, unseen) : undefined
      if (fault !== undefined) faults++
      if (fault === "lost") continue
      if (fault === "late") {
        held.push(message)
        continue
      }
      if (fault === "disconnected") {
        // Everything on its way is gone, and the new connection begins as the venue begins.
        due.length = 0
        held.length = 0
        const at = world.start + tick * tickMillis
        yield* handle({
          kind: "interrupted",
          interruption: { interrupted: [world.stream], cause: "disconnect", at },
          bytes: 0,
        })
        if (world.rule.snapshots.kind === "stream") later(tick, messageOf(world, world.snapshot(tick), true))
        continue
      }
      later(tick, message)
      // Where the order is all there is, a copy that comes later is another order.
      if (fault === "copied") later(tick + (unseen ? 0 : dice.int(3)), message)
      for (const each of held.splice(0)) later(tick + dice.int(2), each)
    }
    while (due.length > 0 && due[0]!.at <= tick) {
      yield* handle(due.shift()!.message)
      answer(tick, faulty)
    }
    answer(tick, faulty)
    const wrong = check()
    if (wrong !== undefined) return yield* Effect.fail(wrong)
  }
  if (entry.chain?.last === undefined) return yield* Effect.fail("the book never became whole again")
  const pending = [...open].filter(([, repair]) => repair !== "complete")
  if (pending.length > 0)
    return yield* Effect.fail(`gaps are not closed: ${pending.map(([id]) => id).join(", ")}`)
  if (compared === 0) return yield* Effect.fail("nothing was published")
  return { faults, compared, gaps: open.size } satisfies Outcome
})
