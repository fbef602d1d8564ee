import { Schema } from "effect"

/** The simulator cannot start, or had to stop. */
export class SimulatorError extends Schema.TaggedError<SimulatorError>()("SimulatorError", {
  reason: Schema.Literals(["options", "listen", "defect"]),
  detail: Schema.String,
}) {
  override get message(): string {
    return `exchange simulator: ${this.detail}`
  }
}
