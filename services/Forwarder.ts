import { Context, type Effect, Schema } from "effect"
import type { HttpServerRequest, HttpServerResponse } from "effect/http"

/** A request could not be handed on: nobody answered, or the answer broke off before its head. */
export class ForwardError extends Schema.TaggedError<ForwardError>()("ForwardError", {
  url: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return `${this.url}: ${this.detail}`
  }
}

/**
 * Hands a request on as it came and its answer back as it came: method, path and query, headers and status, bodies as
 * they flow, each side at the pace of the other. Headers that concern one connection alone are not handed on.
 */
export class Forwarder extends Context.Service<
  Forwarder,
  {
    /** `to` is an origin; its path, if any, stands before the request's. `extra` headers replace those of the request. */
    readonly forward: (
      request: HttpServerRequest.HttpServerRequest,
      to: string,
      extra: Readonly<Record<string, string>>,
    ) => Effect.Effect<HttpServerResponse.HttpServerResponse, ForwardError>
  }
>()("millrace/services/Forwarder") {}
