import { Context, type Effect, Schema } from "effect"

/** A REST request that gave no usable answer. */
export class RestError extends Schema.TaggedError<RestError>()("RestError", {
  reason: Schema.Literals(["unreachable", "timeout", "rate_limited", "banned", "status", "too_large"]),
  url: Schema.String,
  status: Schema.optionalKey(Schema.Number),
  /** How long the venue wants us to wait, from `Retry-After`. */
  retryAfterMillis: Schema.optionalKey(Schema.Number),
  detail: Schema.String,
}) {
  override get message(): string {
    return `${this.url}: ${this.detail}`
  }
}

export interface RestResponse {
  readonly body: Buffer
  /** When the body was complete: milliseconds, microseconds as the fraction. */
  readonly receivedAt: number
  /** Lower-case names: the venue's own count of used weight, for example. */
  readonly headers: Readonly<Record<string, string>>
}

/** Plain GET requests to a venue's REST endpoint. Weight budgets stand above it. */
export class Rest extends Context.Service<
  Rest,
  {
    readonly get: (options: {
      readonly url: string
      /** Whose it is: `binance-usdm`. */
      readonly venue?: string
      readonly proxy?: string
      readonly timeoutMillis: number
    }) => Effect.Effect<RestResponse, RestError>
  }
>()("millrace/services/Rest") {}
