import { Effect } from "effect"
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** What happens to a request: it is answered, its answer is lost after the server has done it, it never gets there, or it is answered with 200 though nothing was done. */
export type Fate = "answered" | "answer lost" | "lost" | "pretended"

/** A proxy before an HTTP server. `fate` is asked of each request; what a client signed stays as it signed it. */
export const lossyProxy = (upstream: string, fate: (method: string, path: string) => Fate) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly close: () => void }>((resume) => {
      const { hostname, port } = new URL(upstream)
      const pass = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
        const { headers, method = "GET", url: path = "/" } = incoming
        const end = fate(method, path)
        if (end === "lost") return void incoming.socket.destroy()
        if (end === "pretended") return void incoming.resume().once("end", () => outgoing.end())
        const onward = request({ hostname, port, method, path, headers }, (answer) => {
          if (end === "answered")
            return void answer.pipe(outgoing.writeHead(answer.statusCode!, answer.headers))
          answer.resume().once("end", () => incoming.socket.destroy())
        })
        onward.once("error", () => incoming.socket.destroy())
        incoming.pipe(onward)
      }
      const server = createServer(pass)
      server.listen(0, "127.0.0.1", () =>
        resume(
          Effect.succeed({
            url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
            close: () => {
              server.close()
              server.closeAllConnections()
            },
          }),
        ),
      )
    }),
    ({ close }) => Effect.sync(close),
  )
