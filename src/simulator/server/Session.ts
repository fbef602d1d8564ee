import type { Socket } from "node:net"
import { type RawData, WebSocket } from "ws"
import type { Feed } from "../venues/Feed.ts"
import type { Protocol, Route } from "../venues/Protocol.ts"
import type { Exchange } from "./Exchange.ts"
import { bytesOf, frameOf, messageFrame, opcodes } from "./Frames.ts"
import type { Delivery, Interference, Victim } from "./Interference.ts"
import { makeOutbox } from "./Outbox.ts"
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
  /** Faults, held bytes, pings, missing pongs, the end of its life: to be called often. */
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
  /** What is due on a connection, and what leaves on it: two things once faults are at work. */
  readonly sent: SentLog
  readonly delivered: SentLog
  readonly interference: Interference
  readonly slowReader: SlowReader
}

/** A stream's messages from a time up to and including another. */
type Period = readonly [feed: Feed, from: number, to: number]

const writeDelivery = (
  { binary, wrap }: Protocol,
  { form = "payload", stream, text }: Delivery,
  combined: boolean,
): string => {
  switch (form) {
    case "payload":
      return messageFrame(binary, combined ? wrap(stream, text) : text)
    case "message":
      return messageFrame(binary, text)
    case "binary":
      return frameOf(text, opcodes.binary)
    case "bytes":
      return text
  }
}

export const makeSession = (options: SessionOptions): Session => {
  const { delivered, exchange, interference, now, route, sent, slowReader, socket, ws } = options
  const { limits, protocol } = exchange
  const openedAt = now()
  const incoming = rollingWindow(limits.messagesPerSecond, 1000)
  const pings = makePings(limits, openedAt)
  const outbox = makeOutbox(socket, now)
  let cursor = options.marketNow()
  let messages = 0
  let halted = false

  const alive = () => ws.readyState === WebSocket.OPEN && !socket.destroyed
  const open = () => !halted && alive()
  const write = (bytes: string): void => {
    if (bytes !== "" && open()) outbox.write(bytes)
  }
  /** Sends what a fault may have changed, message by message. */
  const sendEach = (deliveries: ReadonlyArray<Delivery>): void => {
    if (!open()) return
    const combined = subscriptions.combined()
    let bytes = ""
    for (const delivery of deliveries) {
      bytes += writeDelivery(protocol, delivery, combined)
      if (delivery.form === "bytes") continue
      messages++
      delivered.record(protocol.venue, options.id, delivery.stream, [delivery.text])
    }
    write(bytes)
  }
  const reset = () => void socket.resetAndDestroy()
  const victim: Victim = {
    id: options.id,
    venue: protocol.venue,
    route: route.name,
    openedAt,
    since: cursor,
    streams: () => subscriptions.names(),
    send: sendEach,
    close: (code, reason) => (outbox.braked() ? reset() : ws.close(code, reason)),
    reset,
    throttle: outbox.throttle,
    halt: () => {
      halted = true
      ws.pause()
    },
  }
  const bookAge = (stream: string): number => {
    const kind = protocol.stream(stream)?.kind
    const isWhole = kind?.type === "depth" && kind.levels === undefined
    return isWhole ? (interference.bookAge?.(victim, stream) ?? 0) : 0
  }
  const admits = (stream: string) => interference.subscribe?.(victim, stream) ?? true
  const subscriptions = makeSubscriptions(exchange, route, options.marketNow, admits)

  const dialogue = protocol.dialogue({
    route,
    streams: subscriptions,
    catalogue: exchange,
    now: options.marketNow,
    tell: (stream, write) => {
      const text = write(options.marketNow() - bookAge(stream))
      return interference.tell?.(victim, stream, text) ?? text
    },
  })
  const say = (texts: ReadonlyArray<string>): void => {
    for (const text of texts) write(messageFrame(protocol.binary, bytesOf(text)))
  }
  let heardAt = openedAt

  /** Every message of the client counts, pings and pongs too. */
  const counted = (): boolean => {
    if (!open()) return false
    heardAt = now()
    if (incoming.take(now())) return true
    victim.close(1008, "Too many requests")
    return false
  }
  ws.on("message", (data: RawData) => {
    if (counted()) say(dialogue.answer(String(data)))
  })
  ws.on("ping", (payload: Buffer) => {
    if (counted()) write(frameOf(payload.toString("latin1"), opcodes.pong))
  })
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
  const send = (periods: ReadonlyArray<Period>): void => {
    let text = ""
    for (const period of periods) {
      const payloads = payloadsOf(period)
      if (payloads.length === 0) continue
      messages += payloads.length
      delivered.record(protocol.venue, options.id, period[0].name, payloads)
      text += exchange.batch(...period).frames(subscriptions.combined())
    }
    write(text)
  }
  /** What subscribers get first, as of the moment from which their streams go on. */
  const openings = (until: number): ReadonlyArray<Delivery> => {
    const due: Array<Delivery> = []
    for (const active of subscriptions.active()) {
      if (active.opened || active.since >= until) continue
      active.opened = true
      const stream = active.feed.name
      const at = Math.max(cursor, active.since)
      const payloads = active.feed.opening!(at)
      sent.record(protocol.venue, options.id, stream, payloads)
      const age = bookAge(stream)
      for (const text of age === 0 ? payloads : active.feed.opening!(at - age)) due.push({ stream, text })
    }
    return due
  }
  const sendChanged = (
    first: ReadonlyArray<Delivery>,
    periods: ReadonlyArray<Period>,
    change: NonNullable<Interference["deliver"]>,
  ): void => {
    const due = [...first].concat(
      periods.flatMap((period): ReadonlyArray<Delivery> => {
        const stream = period[0].name
        return payloadsOf(period).map((text) => ({ stream, text }))
      }),
    )
    if (due.length > 0) sendEach(change(victim, due))
  }

  const ready = () => outbox.waiting() < slowReader.bytes

  if (!subscriptions.add(route.streams)) ws.close(1008, "Too many streams")
  say(dialogue.greeting ?? [])

  return {
    id: options.id,
    subscriptions: subscriptions.size,
    messages: () => messages,
    ready: () => halted || ready(),
    deliver: (to, most) => {
      if (!open()) return
      if (!ready()) {
        if (slowReader.policy === "disconnect") reset()
        return
      }
      const until = Math.min(to, cursor + most)
      // The clock may have been set back: nothing is sent twice.
      if (until <= cursor) return
      const periods: Array<Period> = []
      for (const { feed, since } of subscriptions.active())
        if (since < until) periods.push([feed, Math.max(cursor, since), until])
      const first = openings(until)
      cursor = until
      if (interference.deliver !== undefined) return sendChanged(first, periods, interference.deliver)
      if (first.length > 0) sendEach(first)
      send(periods)
    },
    tick: () => {
      if (alive()) interference.tick?.(victim)
      if (!open()) return
      outbox.pump()
      const time = now()
      if (time - openedAt >= limits.lifeMillis)
        return victim.close(1001, "This connection has lived long enough")
      if (protocol.idleMillis !== undefined && time - heardAt >= protocol.idleMillis)
        return victim.close(4004, "No data received")
      const said = dialogue.tick?.(time)
      if (said === "overdue") return victim.close(1003, "The ping was not answered")
      if (said !== undefined) say([said])
      const ping = pings.tick(time)
      if (ping === "overdue") {
        victim.close(1008, "Pong timeout")
        ws.terminate()
      } else if (ping !== undefined) write(frameOf(ping, opcodes.ping))
    },
    end: () => ws.terminate(),
  }
}
