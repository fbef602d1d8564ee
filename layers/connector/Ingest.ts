import { Clock, Effect, Fiber, Scheduler } from "effect"
import type { ConnectOptions } from "../../services/Connector.ts"
import { type FrameBatch, maxFrames } from "../../src/domain/Frame.ts"
import { FrameGatherer } from "../../src/domain/FrameGatherer.ts"
import { makeTurn } from "./Turn.ts"

/** What ingest needs of a socket. */
export interface PausableSocket {
  readonly pause: () => void
  readonly resume: () => void
}

export interface IngestCounts {
  frames: number
  bytes: number
  pauses: number
  pausedMillis: number
  pausedSince: number | undefined
}

/**
 * Gathers the frames of one socket read into a batch and offers it. No fiber runs while the mailbox has room: the
 * batch is offered from a microtask after the socket's callback. When there is no room the socket is paused and one
 * fiber waits with the batch; frames that the socket had already read stay here, in order, until it has landed.
 */
export interface Ingest {
  /** One frame: the bytes from `from` to `to` of what was read. */
  readonly onFrame: (chunk: Buffer, from: number, to: number) => void
  readonly counts: IngestCounts
  /** Frames that were read and wait for room. */
  readonly pending: () => number
  /** Hands over what was read, waiting for room. Completes with the number of frames that the mailbox no longer takes. */
  readonly finish: Effect.Effect<number>
}

export const makeIngest = Effect.fnUntraced(function* (
  options: Pick<ConnectOptions, "connection" | "into" | "route">,
  socket: PausableSocket,
): Effect.fn.Return<Ingest> {
  const { into } = options
  const origin = {
    connection: options.connection,
    ...(options.route === undefined ? {} : { route: options.route }),
  }
  const clock = yield* Clock.Clock
  const run = Effect.runForkWith(yield* Effect.context<never>())
  const counts: IngestCounts = { frames: 0, bytes: 0, pauses: 0, pausedMillis: 0, pausedSince: undefined }
  const frames = new FrameGatherer()
  let readAt = 0
  let scheduled = false
  let refused = 0
  let waiting: Fiber.Fiber<void> | undefined
  const turn = makeTurn(socket, () => waiting !== undefined, yield* Scheduler.Scheduler)
  let offered = 0

  const pause = () => {
    socket.pause()
    counts.pauses++
    counts.pausedSince = clock.currentTimeMillisUnsafe()
  }

  const resume = () => {
    waiting = undefined
    offered = 0
    counts.pausedMillis += clock.currentTimeMillisUnsafe() - (counts.pausedSince ?? 0)
    counts.pausedSince = undefined
    flush()
    if (waiting === undefined && !turn.resting()) socket.resume()
  }

  const flush = () => {
    scheduled = false
    while (frames.length > 0 && waiting === undefined) {
      // Only a socket that was paused can have more than one batch here.
      const batch: FrameBatch = { ...origin, ...frames.take(maxFrames) }
      const outcome = into.offerUnsafe(batch)
      if (outcome === "ended") refused += batch.frames.length
      if (outcome !== "full") continue
      pause()
      offered = batch.frames.length
      waiting = run(
        Effect.map(into.offer(batch), (taken) => {
          if (!taken) refused += batch.frames.length
          resume()
        }),
      )
    }
  }

  return {
    counts,
    pending: () => frames.length + offered,
    onFrame: (chunk, from, to) => {
      if (!scheduled) {
        // One stamp for one socket read: its frames are emitted in one go, before any microtask.
        scheduled = true
        readAt = Number(clock.currentTimeNanosUnsafe() / 1000n) / 1000
        queueMicrotask(flush)
      }
      const length = to - from
      frames.push(chunk, from, to, readAt)
      turn.read(length)
      counts.frames++
      counts.bytes += length
      if (frames.length >= maxFrames) flush()
    },
    finish: Effect.gen(function* () {
      flush()
      while (waiting !== undefined) {
        yield* Fiber.await(waiting)
        flush()
      }
      return refused
    }),
  }
})
