import { Schema } from "effect"

/** Text that is no cron expression. `detail` says what is wrong in the words that nodes have always used. */
export class CronError extends Schema.TaggedError<CronError>()("CronError", {
  expression: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return this.detail
  }
}
