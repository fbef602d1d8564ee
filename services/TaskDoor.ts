import { Context, type Effect } from "effect"

/** What a door answers: the object of the body, and the HTTP status that goes with it where there is HTTP. */
export interface DoorAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * The one handler of task events, whatever brought them: `POST /task` on any port, a direct invocation, an event of a
 * cloud's API gateway or timer. It understands an action of tasks (`create_task`, …), a node's `action` or `type`, and
 * answers every event: what it cannot understand or do is told in the answer.
 */
export class TaskDoor extends Context.Service<
  TaskDoor,
  {
    /** An event that is parsed already. */
    readonly handle: (event: unknown) => Effect.Effect<DoorAnswer>
    /** An event as it came. */
    readonly receive: (body: Uint8Array | string) => Effect.Effect<DoorAnswer>
  }
>()("millrace/services/TaskDoor") {}
