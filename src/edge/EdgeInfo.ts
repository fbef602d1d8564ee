import { Context, type Effect } from "effect"

/** What the API's handlers know of the process they speak for. */
export class EdgeInfo extends Context.Service<
  EdgeInfo,
  {
    readonly version: string
    readonly startedAt: number
    /** Enabled parts that this version does not have. */
    readonly notBuilt: ReadonlyArray<string>
    /** Brings the gauges that are read from elsewhere up to date; bounded in time, never fails. */
    readonly refresh: Effect.Effect<void>
  }
>()("millrace/edge/EdgeInfo") {}
