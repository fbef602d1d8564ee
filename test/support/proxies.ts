import { Effect } from "effect"
import { createServer as createHttpServer } from "node:http"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"

export interface TestProxy {
  readonly url: string
  /** `host:port` of everything that was asked for through it. */
  readonly asked: ReadonlyArray<string>
}

const link = (left: Socket, right: Socket): void => {
  left.on("error", () => right.destroy())
  right.on("error", () => left.destroy())
  left.pipe(right)
  right.pipe(left)
}

const listening = (server: Server, scheme: string, asked: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.callback<TestProxy>((resume) => {
      server.listen(0, "127.0.0.1", () =>
        resume(
          Effect.succeed({ url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }),
        ),
      )
    }),
    () => Effect.sync(() => server.close()),
  )

/** A proxy that only knows CONNECT. */
export const httpProxy = Effect.suspend(() => {
  const asked: Array<string> = []
  const server = createHttpServer((_request, response) => response.writeHead(405).end())
  server.on("connect", (request, client: Socket) => {
    asked.push(request.url!)
    const [host, port] = request.url!.split(":")
    const target = connect(Number(port), host!, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n")
      link(client, target)
    })
    target.on("error", () => client.destroy())
  })
  return listening(server, "http", asked)
})

/** SOCKS 5 (RFC 1928) without a sign-in, for IPv4 addresses and names. */
export const socksProxy = Effect.suspend(() => {
  const asked: Array<string> = []
  const server = createServer((client) => {
    client.once("data", () => {
      client.write(Buffer.from([5, 0]))
      client.once("data", (request: Buffer) => {
        const named = request[3] === 3
        const end = named ? 5 + request[4]! : 8
        const host = named ? request.toString("latin1", 5, end) : request.subarray(4, 8).join(".")
        const port = request.readUInt16BE(end)
        asked.push(`${host}:${port}`)
        const target = connect(port, host, () => {
          client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
          link(client, target)
        })
        target.on("error", () => client.destroy())
      })
    })
    client.on("error", () => {})
  })
  return listening(server, "socks5", asked)
})
