import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import { Effect, Layer } from "effect"
import { HttpServerResponse } from "effect/http"
import * as http from "node:http"
import * as https from "node:https"
import { causeText } from "../../src/domain/CauseText.ts"
import { ForwardError, Forwarder } from "../../services/Forwarder.ts"

/** They concern one connection, not the request. */
const ofOneConnection = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
])

/** Names and values in turn, as Node gives and takes them, so that what stands there twice stays there twice. */
const handedOn = (
  raw: ReadonlyArray<string>,
  leftOut: (name: string) => boolean,
): Array<[string, string]> => {
  const kept: Array<[string, string]> = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!
    if (!ofOneConnection.has(name.toLowerCase()) && !leftOut(name.toLowerCase()))
      kept.push([name, raw[index + 1]!])
  }
  return kept
}

const describe = (cause: Error): string =>
  "code" in cause && cause.code === "ECONNRESET"
    ? "the connection was closed without an answer"
    : causeText(cause)

/** With `Content-Length` or not, as the sender had it. */
const hasBody = ({ headers }: http.IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0"

const forward = (
  from: http.IncomingMessage,
  to: http.ServerResponse,
  origin: string,
  extra: Readonly<Record<string, string>>,
): Effect.Effect<void, ForwardError> =>
  Effect.callback((resume) => {
    const base = new URL(origin)
    const path = `${base.pathname.replace(/\/$/, "")}${from.url ?? "/"}`
    const url = `${base.origin}${path}`
    const replaced = new Set(["host", ...Object.keys(extra).map((name) => name.toLowerCase())])
    const headers = [
      ["Host", base.host],
      ...handedOn(from.rawHeaders, (name) => replaced.has(name)),
      ...Object.entries(extra),
      ...(from.headers["transfer-encoding"] === undefined ? [] : [["Transfer-Encoding", "chunked"]]),
    ].flat()
    const call = (base.protocol === "https:" ? https : http).request(base, {
      method: from.method,
      path,
      headers,
      // A connection kept from before may lead to a plugin that was restarted since.
      agent: false,
    })
    const fail = (cause: Error): void => {
      if (to.headersSent) {
        // The head is out already: only a broken connection can say that the body is not whole.
        to.destroy(cause)
        resume(Effect.void)
      } else {
        resume(Effect.fail(new ForwardError({ url, detail: describe(cause) })))
      }
    }
    call.once("response", (answer) => {
      to.writeHead(
        answer.statusCode ?? 502,
        answer.statusMessage,
        handedOn(answer.rawHeaders, () => false).flat(),
      )
      answer.once("error", fail)
      answer.once("aborted", () => fail(new Error("the answer broke off")))
      to.once("finish", () => resume(Effect.void))
      answer.pipe(to)
    })
    call.once("error", fail)
    to.once("close", () => {
      if (!to.writableFinished) call.destroy()
      resume(Effect.void)
    })
    if (hasBody(from)) from.pipe(call)
    else call.end()
    return Effect.sync(() => {
      call.destroy()
      if (!to.writableEnded) to.destroy()
    })
  })

/** Over Node's own HTTP server and client: what comes in flows out, nothing is held. */
export const layer: Layer.Layer<Forwarder> = Layer.succeed(
  Forwarder,
  Forwarder.of({
    forward: (request, to, extra) => {
      const from = NodeHttpServerRequest.toIncomingMessage(request)
      const answer = NodeHttpServerRequest.toServerResponse(request)
      if (!(from instanceof http.IncomingMessage) || !(answer instanceof http.ServerResponse))
        return Effect.fail(new ForwardError({ url: to, detail: "HTTP/2 is not forwarded" }))
      // Its answer is out by then, and who looks at it sees that it has ended.
      return Effect.as(forward(from, answer, to, extra), HttpServerResponse.empty())
    },
  }),
)
