import type { Socket } from "node:net"

/** Bytes on their way to one socket, and the brake on them. A character is a byte. */
export interface Outbox {
  readonly write: (bytes: string) => void
  /** Bytes that wait in this process. */
  readonly waiting: () => number
  /** Whether bytes are held back, perhaps in the middle of a frame. */
  readonly braked: () => boolean
  /** At most so many bytes a second from now on; `undefined` lets everything go. */
  readonly throttle: (bytesPerSecond: number | undefined) => void
  /** Lets go what is due: to be called often. */
  readonly pump: () => void
}

export const makeOutbox = (socket: Socket, now: () => number): Outbox => {
  let held: Array<string> = []
  let heldBytes = 0
  let rate: number | undefined
  let credit = 0
  let pumpedAt = 0

  const release = (bytes: string): void => {
    if (bytes !== "") socket.write(bytes, "latin1")
  }
  /** The first bytes that are held, as many as the credit allows. */
  const take = (): string => {
    let taken = ""
    while (credit >= 1 && held.length > 0) {
      const [first] = held
      const part = first!.slice(0, Math.floor(credit))
      credit -= part.length
      heldBytes -= part.length
      taken += part
      if (part.length === first!.length) held.shift()
      else held[0] = first!.slice(part.length)
    }
    return taken
  }
  const pump = (): void => {
    if (rate === undefined) return
    const time = now()
    // What was not used within a second is forfeited: a quiet second buys no burst.
    credit = Math.min(Math.max(rate, 1), credit + (Math.max(0, time - pumpedAt) * rate) / 1000)
    pumpedAt = time
    release(take())
  }

  return {
    write: (bytes) => {
      if (rate === undefined) return release(bytes)
      held.push(bytes)
      heldBytes += bytes.length
    },
    waiting: () => socket.writableLength + heldBytes,
    braked: () => heldBytes > 0,
    throttle: (bytesPerSecond) => {
      rate = bytesPerSecond
      credit = 0
      pumpedAt = now()
      if (rate !== undefined) return
      release(held.join(""))
      held = []
      heldBytes = 0
    },
    pump,
  }
}
