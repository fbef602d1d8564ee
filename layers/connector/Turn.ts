import type { Scheduler } from "effect"

/**
 * Bytes that one socket may give in one turn of the event loop, about. Of a socket that always has more, Node would
 * read 2 MiB before anyone else has a turn. What is decoded of so much waits for its next step until it is old, and
 * then costs the garbage collector as much as the decoding; and timers, files and other sockets wait meanwhile.
 */
export const turnBytes = 256 * 1024

export interface Turn {
  /** So much has been read. */
  readonly read: (bytes: number) => void
  /** It has had its share: it reads on in the next turn. */
  readonly resting: () => boolean
}

/** `held` says whether the socket is paused for another reason: then it is for that one to resume it. */
export const makeTurn = (
  socket: { readonly pause: () => void; readonly resume: () => void },
  held: () => boolean,
  scheduler: Scheduler.Scheduler,
): Turn => {
  const dispatcher = scheduler.makeDispatcher()
  let taken = 0
  let resting = false

  const next = () => {
    taken = 0
    if (!resting) return
    resting = false
    if (!held()) socket.resume()
  }

  return {
    resting: () => resting,
    read: (bytes) => {
      if (taken === 0) dispatcher.scheduleTask(next, 0)
      taken += bytes
      if (taken < turnBytes || resting) return
      resting = true
      socket.pause()
    },
  }
}
