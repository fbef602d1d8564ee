import { Context, type Effect, Schema } from "effect"
import type { SubscriptionRequest } from "./Collection.ts"

/** Subscriptions that were changed at run time could not be kept, or not be read. */
export class SubscriptionStoreError extends Schema.TaggedError<SubscriptionStoreError>()(
  "SubscriptionStoreError",
  {
    path: Schema.String,
    detail: Schema.String,
  },
) {
  override get message(): string {
    return `${this.path}: ${this.detail}`
  }
}

/** What was added and removed at run time, on top of the configuration. One symbol and one data type an entry. */
export interface SubscriptionChanges {
  readonly added: ReadonlyArray<SubscriptionRequest>
  readonly removed: ReadonlyArray<SubscriptionRequest>
}

export const noChanges: SubscriptionChanges = { added: [], removed: [] }

/** Keeps run-time subscriptions over a restart. */
export class SubscriptionStore extends Context.Service<
  SubscriptionStore,
  {
    /** `noChanges` when nothing was kept yet. A file that cannot be understood fails: it is not overwritten by guess. */
    readonly load: Effect.Effect<SubscriptionChanges, SubscriptionStoreError>
    /** Durable when it completes; a crash in the middle leaves the old state. */
    readonly save: (changes: SubscriptionChanges) => Effect.Effect<void, SubscriptionStoreError>
  }
>()("millrace/services/SubscriptionStore") {}
