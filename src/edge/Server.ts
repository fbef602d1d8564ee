import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { ByteSize, Effect, type Layer, Schema } from "effect"
import { HttpIncomingMessage, HttpMiddleware, HttpRouter, HttpServer } from "effect/http"
import { createServer } from "node:http"
import { guard } from "./Guard.ts"
import { observe } from "./Observe.ts"

/** The address cannot be listened on; worth another try, since who holds it may let go. */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  address: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return this.detail
  }
}

export interface Address {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

const advice: Readonly<Record<string, (address: string, setting: string) => string>> = {
  EADDRINUSE: (address, setting) =>
    `${address} is in use by another program: stop it, or set ${setting} to another port`,
  EACCES: (address, setting) => `${address} is not ours to open: set ${setting} to a port above 1023`,
  EADDRNOTAVAIL: (address, setting) =>
    `${address} is no address of this machine: change the host beside ${setting}`,
  ENOTFOUND: (address, setting) => `${address} is not known: change the host beside ${setting}`,
}

const describe = (cause: unknown, address: string, setting: string): string => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  return advice[code]?.(address, setting) ?? `cannot listen on ${address}: ${String(cause)}`
}

const untraced = new Set(["/health", "/ready", "/metrics"])

/** Largest body that is read. */
const bodyLimit = ByteSize.mebibytes(1)

/** Listens while the scope is open and answers with `routes`. Returns where: the port, when 0 was asked for. */
export const listen = Effect.fnUntraced(function* <E, R>(
  routes: Layer.Layer<never, E, R>,
  { host, port }: Address,
  setting: string,
) {
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`
  const watched = yield* observe
  const app = yield* HttpRouter.toHttpEffect(routes)
  const server = yield* NodeHttpServer.make(createServer, {
    host,
    port,
    gracefulShutdownTimeout: "1 second",
  }).pipe(
    Effect.mapError(({ cause }) => new ListenError({ address, detail: describe(cause, address, setting) })),
  )
  yield* server.serve(watched(guard(host)(app))).pipe(
    Effect.provideService(HttpIncomingMessage.MaxBodySize, bodyLimit),
    Effect.provideService(HttpMiddleware.TracerDisabledWhen, (request) =>
      untraced.has(request.url.split("?", 1)[0]!),
    ),
  )
  return HttpServer.formatAddress(server.address)
})
