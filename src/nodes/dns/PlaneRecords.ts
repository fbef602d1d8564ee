import { Effect, Option, Schedule, Schema } from "effect"
import { parseInstant } from "../../domain/Instant.ts"
import { ControlPlane, ControlPlaneError } from "../ControlPlane.ts"
import { NodeState } from "../NodeState.ts"

/** What a control plane knows of names, for the nodes whose own name servers do not answer. */

const path = "/gateway/dnsproxy/GetDNSRecordList"

const Reply = Schema.fromJsonString(
  Schema.Struct({
    code: Schema.Int,
    message: Schema.optionalKey(Schema.NullOr(Schema.String)),
    data: Schema.optionalKey(
      Schema.NullOr(
        Schema.Array(
          Schema.Struct({
            domain: Schema.String,
            best_ips: Schema.optionalKey(Schema.NullOr(Schema.String)),
            resolve_at: Schema.optionalKey(Schema.NullOr(Schema.String)),
          }),
        ),
      ),
    ),
  }),
)

export interface PlaneRecord {
  readonly addresses: ReadonlyArray<string>
  /** Milliseconds since the epoch; absent where it is not said. */
  readonly resolvedAt: number | undefined
}

const retries = Schedule.jittered(Schedule.exponential("1 second")).pipe(Schedule.upTo({ times: 2 }))

const timeOf = (text: string | null | undefined): number | undefined => {
  const millis = parseInstant(text ?? "")
  // Go writes the first second of the year 1 for no time at all.
  return millis === undefined || millis <= 0 ? undefined : millis
}

/** By name; three tries. Empty where there is no control plane. */
export const planeRecords: Effect.Effect<
  ReadonlyMap<string, PlaneRecord>,
  ControlPlaneError,
  ControlPlane | NodeState
> = Effect.gen(function* () {
  const plane = yield* ControlPlane
  const { server } = yield* Effect.flatMap(NodeState, ({ addresses }) => addresses)
  if (server === undefined) return new Map()
  const url = `${server.origin}${path}`
  const text = yield* Effect.retry(plane.post(url, "{}", "5 seconds"), retries)
  const reply = Schema.decodeUnknownOption(Reply)(text)
  const objection = Option.match(reply, {
    onNone: () => `its answer is no list of records: ${text.slice(0, 200)}`,
    onSome: ({ code, message }) => (code === 200 ? undefined : `it answered code ${code}: ${message ?? ""}`),
  })
  if (objection !== undefined || Option.isNone(reply))
    return yield* new ControlPlaneError({ url, detail: objection ?? "" })
  return new Map(
    (reply.value.data ?? []).map(({ best_ips, domain, resolve_at }) => [
      domain,
      {
        addresses: (best_ips ?? "")
          .split("+")
          .map((each) => each.trim())
          .filter((each) => each !== ""),
        resolvedAt: timeOf(resolve_at),
      },
    ]),
  )
})
