import { Effect, Layer } from "effect"
import * as http from "node:http"
import * as https from "node:https"
import * as net from "node:net"
import { AddressProbe, AddressProbeError, type ProbeTarget } from "../../services/AddressProbe.ts"

const failed = (address: string, cause: Error & { readonly code?: string }) =>
  new AddressProbeError({
    address,
    detail: cause.message === "" ? (cause.code ?? cause.name) : cause.message,
  })

const connect = ({ address, port }: ProbeTarget): Effect.Effect<void, AddressProbeError> =>
  Effect.callback((resume) => {
    const socket = net.connect({ host: address, port })
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.void)
    })
    socket.once("error", (error) => resume(Effect.fail(failed(address, error))))
    return Effect.sync(() => socket.destroy())
  })

type Asked = NonNullable<ProbeTarget["request"]>

const request = (
  { address, port }: ProbeTarget,
  { expectedStatus, host, method, path, secure }: Asked,
): Effect.Effect<void, AddressProbeError> =>
  Effect.callback((resume) => {
    const call = (secure ? https : http).request({
      host: address,
      port,
      path,
      method,
      agent: false,
      headers: { Host: host, "User-Agent": "millrace" },
      ...(secure ? { servername: host } : {}),
    })
    call.once("response", ({ statusCode }) => {
      // The head is enough: what it says in full is nobody's concern here.
      call.destroy()
      resume(
        statusCode === expectedStatus
          ? Effect.void
          : Effect.fail(
              new AddressProbeError({
                address,
                detail: `${method} ${path} answered ${statusCode}, not ${expectedStatus}`,
              }),
            ),
      )
    })
    call.on("error", (error) => resume(Effect.fail(failed(address, error))))
    call.end()
    return Effect.sync(() => call.destroy())
  })

const probe = (target: ProbeTarget): Effect.Effect<void, AddressProbeError> =>
  Effect.timeoutOrElse(target.request === undefined ? connect(target) : request(target, target.request), {
    duration: target.timeoutMillis,
    orElse: () =>
      Effect.fail(
        new AddressProbeError({
          address: target.address,
          detail: `no answer in ${target.timeoutMillis} ms`,
        }),
      ),
  })

/** Connections and requests of Node's own. */
export const layer: Layer.Layer<AddressProbe> = Layer.succeed(AddressProbe, AddressProbe.of({ probe }))
