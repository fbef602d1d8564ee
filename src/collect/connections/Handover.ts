import { type Decoded, noSequence, type Skipped } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { alone, textBytes } from "../../domain/WrittenRecord.ts"

/** What a frame gives that has a place in its stream. */
export type Item = Decoded | Skipped

export const isRecord = (item: Item): item is Decoded => "data" in item

/** What became of an item: it goes on (perhaps with others that waited), waits, or came before. */
export type Fate = "given" | "held" | "duplicate"

/** How far one stream's move has come. */
export interface Move {
  /** Whether all that comes on the new socket is known to follow what came on the old one. */
  aligned: boolean
  /** The two could not be compared: whatever comes goes on, and the stream's continuity judges it. */
  loose: boolean
  /** Of what went on: the highest position, its key and event time. */
  position: number
  key: string
  timestamp: number
  /** When the old socket gave something last, and the new one first: receive times; `undefined` while it has not. */
  oldAt: number | undefined
  newAt: number | undefined
  held: Array<Item>
}

/**
 * Makes one stream of each that two sockets carry at once while a connection moves: nothing twice, nothing left out,
 * in order. What the new socket gives first waits until the old one has come as far; from there both tell the same,
 * and whichever is ahead is heard. So either of them may end at any moment after that. Pure state: the decoder feeds
 * it, the connection asks it how far it is.
 */
export interface Handover {
  readonly from: string
  readonly to: string
  /** Takes what came on one of the two sockets; `give` gets what goes on, in order. */
  readonly take: (origin: string, item: Item, give: (item: Item) => void) => Fate
  readonly moveOf: (stream: Stream) => Move | undefined
  /** The old socket will not come as far any more: what waits goes on, and what comes is judged by continuity. */
  readonly release: (streams: ReadonlyArray<Stream> | "all", give: (item: Item) => void) => void
}

/** Items and bytes that may wait; more, and their stream is let go: the old socket is too far behind to wait for. */
export const maxHeld = 20_000
export const maxHeldBytes = 8 * 1024 * 1024

/** Besides its text, an item takes about so many bytes. */
const itemOverhead = 160

const sizeOf = (item: Item): number => itemOverhead + (isRecord(item) ? textBytes(item) : 0)

/** A later event below an earlier one's position: the venue counts anew. */
const resetMillis = 1_000

/**
 * Where an item stands in its stream. Klines by event time, because open ones have no end; sequences where there are
 * any, be it only as the key.
 */
const positionOf = (item: Item): number => {
  if (isRecord(item) && item.type === "kline") return item.timestamp
  if (item.last !== noSequence) return item.last
  const key = isRecord(item) ? Number(item.key) : Number.NaN
  if (Number.isSafeInteger(key)) return key
  return item.timestamp === 0 ? item.receivedAt : item.timestamp
}

/** 0 where the message has none: a record that has been written out has its receive time there. */
const eventTimeOf = ({ timestamp, receivedAt }: Item): number =>
  timestamp === Math.floor(receivedAt) ? 0 : timestamp

const keyOf = (item: Item): string => (isRecord(item) ? item.key : String(item.last))

export const makeHandover = (from: string, to: string): Handover => {
  const moves = new Map<Stream, Move>()
  let held = 0
  let heldBytes = 0

  const moveFor = (stream: Stream): Move => {
    const known = moves.get(stream)
    if (known !== undefined) return known
    const made: Move = {
      aligned: false,
      loose: false,
      position: Number.NEGATIVE_INFINITY,
      key: "",
      timestamp: 0,
      oldAt: undefined,
      newAt: undefined,
      held: [],
    }
    moves.set(stream, made)
    return made
  }

  const pass = (move: Move, item: Item, give: (item: Item) => void) => {
    move.position = positionOf(item)
    move.key = keyOf(item)
    move.timestamp = eventTimeOf(item)
    give(item)
  }

  /** Of two that tell the same: what is ahead, or at the same place, where the keys decide later. */
  const heed = (move: Move, item: Item, give: (item: Item) => void): Fate => {
    if (move.loose) {
      give(item)
      return "given"
    }
    if (positionOf(item) < move.position) {
      if (eventTimeOf(item) <= move.timestamp + resetMillis) return "duplicate"
      move.loose = true
    }
    pass(move, item, give)
    return "given"
  }

  const unhold = (move: Move): Array<Item> => {
    const items = move.held
    move.held = []
    held -= items.length
    for (const item of items) heldBytes -= sizeOf(item)
    return items
  }

  /** What went on last is `item` or beyond it. */
  const reached = (move: Move, item: Item): boolean =>
    move.key === keyOf(item) || move.position > positionOf(item)

  const letGo = (move: Move, give: (item: Item) => void) => {
    move.loose = true
    for (const item of unhold(move)) give(item)
  }

  const takeOld = (move: Move, item: Item, give: (item: Item) => void): Fate => {
    move.oldAt = item.receivedAt
    if (move.aligned || move.loose) return heed(move, item, give)
    pass(move, item, give)
    const first = move.held[0]
    if (first !== undefined && reached(move, first)) {
      move.aligned = true
      for (const waiting of unhold(move)) if (!reached(move, waiting)) heed(move, waiting, give)
    }
    return "given"
  }

  const takeNew = (move: Move, item: Item, give: (item: Item) => void): Fate => {
    move.newAt ??= item.receivedAt
    if (!move.aligned && !move.loose) {
      if (move.held.length > 0 || !reached(move, item)) {
        move.held.push(isRecord(item) ? alone(item) : item)
        held++
        heldBytes += sizeOf(item)
        if (held > maxHeld || heldBytes > maxHeldBytes) letGo(move, give)
        return "held"
      }
      move.aligned = true
    }
    return heed(move, item, give)
  }

  return {
    from,
    to,
    take: (origin, item, give) => {
      const move = moveFor(item.stream)
      return origin === from ? takeOld(move, item, give) : takeNew(move, item, give)
    },
    moveOf: (stream) => moves.get(stream),
    release: (streams, give) => {
      const chosen = streams === "all" ? moves.values() : streams.map(moveFor)
      for (const move of chosen) if (!move.aligned) letGo(move, give)
    },
  }
}
