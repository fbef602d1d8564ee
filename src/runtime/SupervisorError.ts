import { Cause, Schema } from "effect"

/** A child ended too often: its supervisor has stopped its children and gives up. Its parent decides what follows. */
export class RestartsExceeded extends Schema.TaggedError<RestartsExceeded>()("RestartsExceeded", {
  supervisor: Schema.String,
  /** The child whose end was one too many. */
  child: Schema.String,
  max: Schema.Finite,
  withinMillis: Schema.Finite,
  /** How that child ended. */
  cause: Schema.Defect(),
}) {
  override get message(): string {
    const how = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `${this.supervisor} gave up: more than ${this.max} restarts within ${this.withinMillis} ms, the last of ${this.child}: ${how}`
  }
}

/**
 * A child did not end when asked to, nor in the longer time after that. A fiber cannot be killed, and a second one
 * beside it could do its work twice: so it is never restarted, every supervisor above gives up, and the process should
 * end.
 */
export class ChildStuck extends Schema.TaggedError<ChildStuck>()("ChildStuck", {
  supervisor: Schema.String,
  child: Schema.String,
  /** How long it was waited for, milliseconds. */
  waitedMillis: Schema.Finite,
}) {
  override get message(): string {
    return `${this.child} has not ended ${this.waitedMillis} ms after it was asked to stop: it waits for something uninterruptibly. Nothing can replace it but a new process`
  }
}

export type SupervisorError = RestartsExceeded | ChildStuck

const find = <E>(cause: Cause.Cause<unknown>, is: (error: unknown) => error is E): E | undefined => {
  for (const reason of cause.reasons) {
    const error = Cause.isFailReason(reason)
      ? reason.error
      : Cause.isDieReason(reason)
        ? reason.defect
        : undefined
    if (is(error)) return error
  }
  return undefined
}

export const findRestartsExceeded = (cause: Cause.Cause<unknown>): RestartsExceeded | undefined =>
  find(cause, (error) => error instanceof RestartsExceeded)

export const findChildStuck = (cause: Cause.Cause<unknown>): ChildStuck | undefined =>
  find(cause, (error) => error instanceof ChildStuck)
