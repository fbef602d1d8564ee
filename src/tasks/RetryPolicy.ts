import { Effect, Random, Result, Schema } from "effect"

/** The waits, in milliseconds, after each failure of a task in a row; then it has failed. */
export interface RetryPolicy {
  readonly delays: ReadonlyArray<number>
}

const doubling = (first: number, max: number, retries: number): ReadonlyArray<number> =>
  Array.from({ length: retries }, (_, attempt) => Math.min(max, first * 2 ** attempt))

/** By name in a task's `retry`. */
export const presets = {
  /** From 1 s, doubling, to 30 s. */
  standard: { delays: doubling(1000, 30_000, 6) },
  /** As a heartbeat is tried again. */
  heartbeat: { delays: [1000, 2000, 4000, 8000] },
  /** As a status report is tried again. */
  report: { delays: [500, 1000] },
  never: { delays: [] },
} as const satisfies Readonly<Record<string, RetryPolicy>>

const mostRetries = 100

const Seconds = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 86_400 }))
const Retries = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: mostRetries }))

const Written = Schema.Union([
  Schema.Literals(["standard", "heartbeat", "report", "never"]),
  Schema.Struct({ delays: Schema.Array(Seconds).check(Schema.isMaxLength(mostRetries)) }),
  Schema.Struct({
    max_retries: Retries,
    /** Seconds. */
    first: Schema.optionalKey(Seconds),
    max: Schema.optionalKey(Seconds),
  }),
])

const decode = Schema.decodeUnknownResult(Written, { onExcessProperty: "error" })

const expected =
  'retry: expected "standard", "heartbeat", "report", "never", { delays: [seconds, …] } or { max_retries, first, max } in seconds'

/** What a task's `params.retry` says; `standard` unless given. */
export const retryPolicyOf = (
  params: Readonly<Record<string, unknown>>,
): Result.Result<RetryPolicy, string> => {
  const written = params["retry"]
  if (written === undefined) return Result.succeed(presets.standard)
  const decoded = decode(written)
  if (Result.isFailure(decoded)) return Result.fail(expected)
  const { success } = decoded
  if (typeof success === "string") return Result.succeed(presets[success])
  if ("delays" in success) return Result.succeed({ delays: success.delays.map((each) => each * 1000) })
  const { first = 1, max = 30, max_retries } = success
  return Result.succeed({ delays: doubling(first * 1000, max * 1000, max_retries) })
}

/** That of a task that was checked when it was stored. */
export const policyOf = (params: Readonly<Record<string, unknown>>): RetryPolicy =>
  Result.getOrElse(retryPolicyOf(params), () => presets.standard)

/** 0.8 to 1.2 times a wait: those that lost the same source do not all come back at once. */
export const jittered = (millis: number): Effect.Effect<number> =>
  Effect.map(Random.nextBetween(0.8, 1.2), (factor) => Math.round(millis * factor))
