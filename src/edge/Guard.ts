import { Effect } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"

const loopback = /^(127(\.\d{1,3}){3}|\[::1\]|::1|localhost|.+\.localhost)$/i

export const isLoopback = (host: string): boolean => loopback.test(host)

/** `example.com` of `example.com:8080`; `[::1]` of `[::1]:8080`. */
const nameOf = (host: string): string => host.replace(/:\d+$/, "")

const refuse = (status: number, error: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe({ error }, { status })

/**
 * Keeps web pages out. Whoever sits at this machine's browser has not asked for what a page sends: a request that
 * changes something must come from the API's own page or from no page; and while only this machine may connect, the
 * name in `Host` must be this machine's, so that no foreign name that resolves to it gets through.
 */
export const guard =
  (bound: string) =>
  <E, R>(
    app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>,
  ): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | HttpServerRequest.HttpServerRequest> =>
    Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      const host = request.headers["host"] ?? ""
      if (isLoopback(bound) && !isLoopback(nameOf(host)) && nameOf(host) !== bound) {
        return Effect.succeed(
          refuse(
            421,
            `the API listens on ${bound} only and does not answer for "${host}"; set server.host to serve others`,
          ),
        )
      }
      const origin = request.headers["origin"]
      const changes = request.method !== "GET" && request.method !== "HEAD"
      if (changes && origin !== undefined && originHost(origin) !== host) {
        return Effect.succeed(refuse(403, `a page of ${origin} may not steer this API`))
      }
      return app
    })

const originHost = (origin: string): string => origin.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "")
