import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

/** What an OpenTelemetry collector would have been sent, as JSON texts by signal. */
export interface OtlpReceiver {
  readonly endpoint: string
  readonly received: { readonly traces: string; readonly metrics: string; readonly logs: string }
  readonly close: () => void
}

/** An OTLP/HTTP endpoint that keeps what it is sent. */
export const startOtlpReceiver = async (): Promise<OtlpReceiver> => {
  const received = { traces: "", metrics: "", logs: "" }
  const server = createServer((request, response) => {
    const signal = /^\/v1\/(traces|metrics|logs)$/.exec(request.url ?? "")?.[1] as keyof typeof received
    request.setEncoding("utf8")
    request.on("data", (text: string) => (received[signal] += text))
    request.on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return { endpoint: `http://127.0.0.1:${port}`, received, close: () => server.close() }
}
