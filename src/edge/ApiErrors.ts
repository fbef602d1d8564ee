import { Schema } from "effect"

/** One thing wrong with a request: where, and what was expected there. */
export const Problem = Schema.Struct({
  /** `body.symbols[0]`, `query.limit`, `path.action`. */
  path: Schema.String,
  expected: Schema.String,
})

/** The request cannot be understood; nothing was done. */
export class BadRequest extends Schema.TaggedError<BadRequest>()(
  "BadRequest",
  { error: Schema.String, problems: Schema.Array(Problem) },
  { httpApiStatus: 400, description: "The request cannot be understood; nothing was done." },
) {
  override get message(): string {
    return this.error
  }
}

/** No such venue is configured. */
export class VenueNotFound extends Schema.TaggedError<VenueNotFound>()(
  "VenueNotFound",
  { error: Schema.String, known: Schema.Array(Schema.String) },
  { httpApiStatus: 404, description: "No such venue is configured." },
) {
  override get message(): string {
    return this.error
  }
}

/** Not ready: some streams are not live, or a sink does not accept. */
export class NotReady extends Schema.TaggedError<NotReady>()(
  "NotReady",
  { ready: Schema.Literal(false), reasons: Schema.Array(Schema.String) },
  { httpApiStatus: 503, description: "Some streams are not live, or a sink does not accept." },
) {
  override get message(): string {
    return this.reasons.join("; ")
  }
}

/** A part that answers the request did not do so in time. */
export class Unavailable extends Schema.TaggedError<Unavailable>()(
  "Unavailable",
  { error: Schema.String },
  { httpApiStatus: 503, description: "A part that answers the request did not do so in time." },
) {
  override get message(): string {
    return this.error
  }
}

/** There is no such task. */
export class TaskNotFound extends Schema.TaggedError<TaskNotFound>()(
  "TaskNotFound",
  { error: Schema.String },
  { httpApiStatus: 404, description: "There is no such task." },
) {
  override get message(): string {
    return this.error
  }
}

/** Its name is taken, or this cannot be done with it. */
export class TaskConflict extends Schema.TaggedError<TaskConflict>()(
  "TaskConflict",
  { error: Schema.String, reason: Schema.Literals(["exists", "unsupported", "busy"]) },
  { httpApiStatus: 409, description: "The name is taken, or this cannot be done with this task." },
) {
  override get message(): string {
    return this.error
  }
}

/** The task table cannot keep it: the disk is full, or the store cannot be used. */
export class TaskStoreUnavailable extends Schema.TaggedError<TaskStoreUnavailable>()(
  "TaskStoreUnavailable",
  { error: Schema.String, reason: Schema.Literals(["full", "unreadable", "io"]) },
  { httpApiStatus: 507, description: "The store of tasks is full, or cannot be used." },
) {
  override get message(): string {
    return this.error
  }
}
