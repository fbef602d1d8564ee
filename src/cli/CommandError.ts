import { Schema } from "effect"

/** A command could not do what it was asked. Its message is all that the person sees, after `millrace: `. */
export class CommandError extends Schema.TaggedError<CommandError>()("CommandError", {
  detail: Schema.String,
}) {
  override get message(): string {
    return this.detail
  }
}
