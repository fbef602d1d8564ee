import type { Socket as NetSocket } from "node:net"
import type WebSocket from "ws"
import { FrameReader } from "./FrameReader.ts"

export interface MessagesOptions {
  /** The bytes from `from` to `to` of what was read. */
  readonly onMessage: (chunk: Buffer, from: number, to: number) => void
  /** Bytes of any kind have come; before the messages among them. */
  readonly onRead: () => void
  readonly maxFrameBytes: number
}

/**
 * Listens to the messages of an open WebSocket that is paused, in order. What its socket reads goes through a
 * `FrameReader` first, and to `ws` what that leaves: pings, closing, fragments, whatever is wrong. `socket`: as the
 * upgrade gave it; without it, or when others listen to it as well, `ws` reads all. Returns how to stop listening: what
 * comes then is dropped, and `ws` goes on closing.
 */
export const listen = (
  webSocket: WebSocket,
  socket: NetSocket | undefined,
  { maxFrameBytes, onMessage, onRead }: MessagesOptions,
): (() => void) => {
  let isListening = true
  const give = (chunk: Buffer, from: number, to: number) => {
    if (isListening) onMessage(chunk, from, to)
  }
  const stop = () => {
    isListening = false
  }
  webSocket.on("message", onRead)
  webSocket.on("message", (message: Buffer) => give(message, 0, message.length))
  webSocket.on("ping", onRead)
  webSocket.on("pong", onRead)
  const [others, more] = socket?.listeners("data") ?? []
  if (socket === undefined || others === undefined || more !== undefined) return stop

  const reader = new FrameReader({
    maxFrameBytes,
    onMessage: give,
    others: (bytes) => void others.call(socket, bytes),
  })
  socket.on("data", (chunk: Buffer) => {
    onRead()
    reader.read(chunk)
  })
  socket.off("data", others as (chunk: Buffer) => void)
  webSocket.once("error", () => reader.end())
  // A socket that ends while it is paused still has what it had read; `ws` would take it as it is.
  socket.prependListener("close", () => {
    const left: unknown = socket.read()
    if (left instanceof Buffer) reader.read(left)
  })
  return stop
}
