import { createServer } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { type WebSocket, WebSocketServer } from "ws"
import { makeLaps } from "../support/laps.ts"
import { answer } from "./answer.ts"

/**
 * An exchange that plays the recorded session over a real WebSocket, lap after lap: it acknowledges SUBSCRIBE, sends
 * what precedes the snapshot, answers the REST request for it, and then sends as fast as the reader takes it or at a
 * steady rate. What a slow reader leaves waits for it: nothing is skipped.
 */

/** `flood`, or messages a second. */
export type Pace = "flood" | number

const laps = makeLaps()

/** Bytes in one write of a flood, about. */
const blockBytes = 256 * 1024
const tickMillis = 1

let pace: Pace = "flood"
let stopped = false
let sent = 0
let socket: Socket | undefined
let lap = 0
let bytes = laps.lap(0)
/** The next message of the lap. */
let next = 0

const write = (until: number): boolean => {
  const block = bytes.subarray(laps.offsets[next], laps.offsets[until])
  sent += until - next
  next = until
  if (next === laps.messages) {
    bytes = laps.lap(++lap)
    next = 0
  }
  return socket!.write(block)
}

/** One block's end: the first message that begins so many bytes later. */
const blockEnd = (): number => {
  const limit = laps.offsets[next]! + blockBytes
  let low = next + 1
  let high = laps.messages
  while (low < high) {
    const middle = (low + high) >> 1
    if (laps.offsets[middle]! < limit) low = middle + 1
    else high = middle
  }
  return low
}

const flood = (): void => {
  while (!stopped && socket !== undefined) if (!write(blockEnd())) return
}

const steady = (rate: number): void => {
  const began = performance.now()
  const already = sent
  const tick = (): void => {
    if (stopped || socket === undefined) return
    let due = already + Math.floor(((performance.now() - began) * rate) / 1000) - sent
    while (due > 0) {
      const count = Math.min(due, laps.messages - next)
      write(next + count)
      due -= count
    }
    setTimeout(tick, tickMillis)
  }
  tick()
}

const begin = (): void => {
  // Who has asked may be gone by now.
  if (socket === undefined) return
  if (pace !== "flood") return steady(pace)
  socket.on("drain", flood)
  flood()
}

const onConnection = (ws: WebSocket, raw: Socket): void => {
  raw.setNoDelay(true)
  lap = 0
  bytes = laps.lap(0)
  next = 0
  sent = 0
  stopped = false
  ws.on("error", () => {})
  ws.on("close", () => {
    if (socket === raw) socket = undefined
  })
  ws.on("message", (data) => {
    const { id } = JSON.parse(String(data)) as { readonly id: number }
    ws.send(`{"result":null,"id":${id}}`)
    if (socket === raw) return
    socket = raw
    write(laps.beforeSnapshot)
  })
}

const http = createServer((_request, response) => {
  response.setHeader("content-type", "application/json")
  response.end(laps.snapshot)
  setTimeout(begin, 50)
})
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
http.on("upgrade", (request, raw, head) =>
  sockets.handleUpgrade(request, raw, head, (ws) => onConnection(ws, raw as Socket)),
)
http.listen(0, "127.0.0.1")

const listening = new Promise<number>((resolve) =>
  http.once("listening", () => resolve((http.address() as AddressInfo).port)),
)

answer({
  port: () => listening,
  /** For the connections from now on. */
  pace: (wanted: Pace) => {
    pace = wanted
  },
  /** Sends no more, and says how many messages it sent. */
  stop: () => {
    stopped = true
    return sent
  },
  sent: () => sent,
})
