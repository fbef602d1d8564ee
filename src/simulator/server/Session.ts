import type { Socket } from "node:net"
import { type RawData, WebSocket } from "ws"
import type { Feed } from "../venues/Feed.ts"
import type { Route } from "../venues/Protocol.ts"
import type { Exchange } from "./Exchange.ts"
import { frameOf, wrap } from "./Frames.ts"
import type { Delivery, Interference, Victim } from "./Interference.ts"
import { makePings } from "./Pings.ts"
import type { SentLog } from "./SentLog.ts"
import { makeSubscriptions } from "./Subscriptions.ts"
import { rollingWindow } from "./Windows.ts"

/** What becomes of a connection whose client does not read. */
export interface SlowReader {
  /**
   * `disconnect`: cut, as an exchange does. `wait`: sent nothing more until it has read; it then gets everything from
   * where it stood, since any period of the market can be computed again.
   */
  readonly policy: "disconnect" | "wait"
  /** Bytes that may wait in this process for the socket. */
  readonly bytes: number
}

/** One client's WebSocket connection. */
export interface Session {
  readonly id: number
  readonly subscriptions: () => number
  /** Sent so far, those of subscribed streams alone. */
  readonly messages: () => number
  /** Whether the socket takes more. */
  readonly ready: () => boolean
  /** Sends what the market brought up to `to`, at most `most` milliseconds of it. */
  readonly deliver: (to: number, most: number) => void
  /** Pings, missing pongs, the end of its life: to be called often. */
  readonly tick: () => void
  readonly end: () => void
}

export interface SessionOptions {
  readonly id: number
  readonly ws: WebSocket
  readonly socket: Socket
  readonly exchange: Exchange
  readonly route: Route
  /** The simulator's clock. */
  readonly now: () => number
  /** The market's clock. */
  readonly marketNow: () => number
  readonly sent: SentLog
  readonly interference: Interference
  readonly slowReader: SlowReader
}

/** A stream's messages from a time up to and including another. */
type Period = readonly [feed: Feed, from: number, to: number]

export const makeSession = (options: SessionOptions): Session => {
  const { exchange, interference, now, route, sent, slowReader, socket, ws } = options
  const { limits, protocol } = exchange
  const openedAt = now()
  const incoming = rollingWindow(limits.messagesPerSecond, 1000)
  const pings = makePings(limits, openedAt)
  const subscriptions = makeSubscriptions(exchange, route, options.marketNow)
  let cursor = options.marketNow()
  let messages = 0

  const open = () => ws.readyState === WebSocket.OPEN
  const victim: Victim = {
    id: options.id,
    venue: protocol.venue,
    route: route.name,
    openedAt,
    close: (code, reason) => ws.close(code, reason),
    reset: () => void socket.resetAndDestroy(),
  }

  /** Every message of the client counts, pings and pongs too. */
  const counted = (): boolean => {
    if (!open()) return false
    if (incoming.take(now())) return true
    ws.close(1008, "Too many requests")
    return false
  }
  ws.on("message", (data: RawData) => {
    if (counted()) ws.send(subscriptions.answer(String(data)))
  })
  ws.on("ping", counted)
  ws.on("pong", (payload: Buffer) => {
    if (counted()) pings.pong(payload.toString())
  })
  // A close follows every error, and the server forgets the session then.
  ws.on("error", () => {})

  const payloadsOf = ([feed, from, to]: Period): ReadonlyArray<string> => {
    const { payloads } = exchange.batch(feed, from, to)
    if (payloads.length > 0) sent.record(protocol.venue, options.id, feed.name, payloads)
    return payloads
  }
  const write = (text: string): void => {
    if (text !== "" && open()) socket.write(text, "latin1")
  }
  const send = (periods: ReadonlyArray<Period>): void => {
    let text = ""
    for (const period of periods) {
      const count = payloadsOf(period).length
      messages += count
      if (count > 0) text += exchange.batch(...period).frames(subscriptions.combined())
    }
    write(text)
  }
  const sendChanged = (
    periods: ReadonlyArray<Period>,
    change: NonNullable<Interference["deliver"]>,
  ): void => {
    const due = periods.flatMap((period): ReadonlyArray<Delivery> => {
      const stream = period[0].name
      return payloadsOf(period).map((text) => ({ stream, text }))
    })
    if (due.length === 0) return
    const changed = change(victim, due)
    messages += changed.length
    const frame = subscriptions.combined()
      ? ({ stream, text }: Delivery) => frameOf(wrap(stream, text))
      : ({ text }: Delivery) => frameOf(text)
    write(changed.map(frame).join(""))
  }

  const ready = () => socket.writableLength < slowReader.bytes

  if (!subscriptions.add(route.streams)) ws.close(1008, "Too many streams")

  return {
    id: options.id,
    subscriptions: subscriptions.size,
    messages: () => messages,
    ready,
    deliver: (to, most) => {
      if (!open()) return
      if (!ready()) {
        if (slowReader.policy === "disconnect") victim.reset()
        return
      }
      const until = Math.min(to, cursor + most)
      // The clock may have been set back: nothing is sent twice.
      if (until <= cursor) return
      const periods: Array<Period> = []
      for (const { feed, since } of subscriptions.active())
        if (since < until) periods.push([feed, Math.max(cursor, since), until])
      cursor = until
      if (interference.deliver === undefined) send(periods)
      else sendChanged(periods, interference.deliver)
    },
    tick: () => {
      if (!open()) return
      const time = now()
      if (time - openedAt >= limits.lifeMillis) return ws.close(1001, "This connection has lived long enough")
      const ping = pings.tick(time)
      if (ping === "overdue") {
        ws.close(1008, "Pong timeout")
        ws.terminate()
      } else if (ping !== undefined) ws.ping(ping)
    },
    end: () => ws.terminate(),
  }
}
