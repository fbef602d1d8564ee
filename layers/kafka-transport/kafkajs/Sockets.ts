import { connect as connectTcp, isIP, type Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import type { ISocketFactory } from "kafkajs"

const keepAliveMillis = 60_000

/**
 * Hands on only whole responses, each 4 bytes of length and its body. kafkajs keeps what it has read of a response
 * when the connection breaks, and takes the next connection's bytes for the rest of it: it would never again
 * understand an answer.
 */
export const wholeResponses = (handOn: (bytes: Buffer) => void): ((bytes: Buffer) => void) => {
  let waiting: Buffer = Buffer.alloc(0)
  return (bytes) => {
    const all = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes])
    let end = 0
    while (all.length - end >= 4) {
      const length = all.readInt32BE(end)
      // Not Kafka's protocol (a TLS port, say): kafkajs shall see it and fail.
      const next = length < 0 ? all.length : end + 4 + length
      if (next > all.length) break
      end = next
    }
    waiting = all.subarray(end)
    if (end > 0) handOn(end === all.length ? all : all.subarray(0, end))
  }
}

export interface Sockets {
  readonly factory: ISocketFactory
  /** Breaks every connection, so that all that waits on one fails. */
  readonly destroy: (reason: string) => void
}

/** Connections of one client, with which it can be made to let go. */
export const makeSockets = (): Sockets => {
  const open = new Set<Socket>()
  const factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    const socket: Socket =
      ssl === undefined || ssl === null
        ? connectTcp({ host, port }, onConnect)
        : connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
    socket.setKeepAlive(true, keepAliveMillis)
    socket.setNoDelay(true)
    open.add(socket)
    socket.once("close", () => open.delete(socket))
    const on = socket.on.bind(socket) as (event: string, listener: (...rest: Array<never>) => void) => Socket
    return Object.assign(socket, {
      on: (event: string, listener: (...rest: Array<never>) => void) =>
        on(
          event,
          event === "data" ? (wholeResponses(listener as (bytes: Buffer) => void) as never) : listener,
        ),
    })
  }
  const destroy = (reason: string) => {
    for (const socket of open) socket.destroy(new Error(reason))
  }
  return { factory, destroy }
}
