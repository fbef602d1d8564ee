import { Effect } from "effect"
import { ConnectionError, type Socket } from "../../../services/Connector.ts"
import { monotonicMillis } from "../../runtime/Monotonic.ts"

/** So much of the interval after a ping is waited for anew: a process that was held up itself first reads what has come. */
const ownShare = 0.1

/**
 * Fails when the peer is silent: no bytes of any kind for one interval, and none in the interval after our ping.
 * So a dead peer is found within twice the interval, and a peer that talks is never pinged.
 */
export const heartbeat = Effect.fnUntraced(function* (
  socket: Socket,
  url: string,
  interval: number,
): Effect.fn.Return<never, ConnectionError> {
  for (;;) {
    const { lastActivity: heardAt, paused } = socket.stats()
    const idle = (yield* monotonicMillis) - heardAt
    // A paused socket is silent because we do not read it.
    if (paused || idle < interval) {
      yield* Effect.sleep(paused ? interval / 10 : interval - idle)
      continue
    }
    // A peer that reads nothing leaves the ping in our own buffers.
    yield* Effect.timeoutOption(Effect.andThen(socket.ping, Effect.never), interval * (1 - ownShare))
    yield* Effect.sleep(interval * ownShare)
    const now = socket.stats()
    if (now.lastActivity === heardAt && !now.paused) {
      const detail = `nothing was received for ${Math.round((2 * interval) / 1000)} s, not even the answer to a ping: the peer is gone`
      return yield* new ConnectionError({ reason: "closed", interruption: "stall", url, detail })
    }
  }
})

/** Sends the venue's own keep-alive text where it wants one. */
export const keepAlive = (
  socket: Socket,
  text: string,
  everyMillis: number,
): Effect.Effect<never, ConnectionError> =>
  Effect.forever(Effect.andThen(Effect.sleep(everyMillis), socket.send(text)))
