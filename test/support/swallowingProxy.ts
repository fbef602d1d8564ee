import { connect, createServer, type Socket } from "node:net"
import { Effect, type Scope } from "effect"

export interface SwallowingProxy {
  /** From now on connections that are open swallow all that comes from the server, for good. New ones are well. */
  readonly swallow: Effect.Effect<void>
}

/** A TCP proxy whose connections can be made to hang open, as behind a firewall that forgot them. */
export const swallowingProxy = (
  listen: string,
  upstream: string,
): Effect.Effect<SwallowingProxy, never, Scope.Scope> => {
  const portOf = (address: string) => Number(address.split(":").at(-1))
  const open = new Set<Socket>()
  const links = new Set<{ swallowing: boolean }>()
  const server = createServer((client) => {
    const link = { swallowing: false }
    const target = connect(portOf(upstream), "127.0.0.1")
    links.add(link)
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      open.add(from)
      from.on("data", (bytes) => {
        if (!(from === target && link.swallowing)) to.write(bytes)
      })
      from.on("error", () => to.destroy())
      from.on("close", () => {
        open.delete(from)
        links.delete(link)
        to.destroy()
      })
    }
  })
  return Effect.acquireRelease(
    Effect.callback<SwallowingProxy>((resume) => {
      server.listen(portOf(listen), "127.0.0.1", () =>
        resume(
          Effect.succeed({
            swallow: Effect.sync(() => {
              for (const link of links) link.swallowing = true
            }),
          }),
        ),
      )
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of open) socket.destroy()
      }),
  )
}
