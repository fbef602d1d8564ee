import { Clock, Duration, Effect, Layer, Result } from "effect"
import { type DoorAnswer, TaskDoor } from "../../../services/TaskDoor.ts"
import { type Tasks } from "../../../services/Tasks.ts"
import { type TimeZone, utc } from "../../domain/cron/TimeZone.ts"
import { parseEvent, timerCommand, unwrapGateway } from "./Cloud.ts"
import type { Command } from "./Command.ts"
import { decodeEvent } from "./Events.ts"
import { makeEventMetrics } from "./EventMetrics.ts"
import { isObject, type Json } from "./Fields.ts"
import { perform, type PerformOptions } from "./Perform.ts"
import { invalid, refused, refusal, type Refusal } from "./Refusal.ts"
import type { Reading } from "./TaskFields.ts"
import { type Language, messages, problems } from "./Words.ts"

export interface DoorOptions {
  /** Of cron expressions: `system.timeZone`. */
  readonly timeZone?: TimeZone
  /** How long an event of a cloud's timer may run tasks: 840 seconds unless given, a minute less than such a function has. */
  readonly eventBudget?: Duration.Input
  /** Whether nothing but events starts work: then a task that one of them makes due runs before it is answered. */
  readonly eventsAlone?: boolean
  /** What is awaited after the runs of such an event, until then at most; nothing unless given. */
  readonly settled?: (untilMillis: number) => Effect.Effect<void>
}

/** The largest event that is read. */
export const largestEvent = 1024 * 1024

const languageOf = (event: Json): Language => (event["language"] === "en" ? "en" : "zh")

interface Understood {
  readonly language: Language
  readonly command: Result.Result<Command, Refusal>
}

/** From an event in any wrapping to what it asks for: pure. */
export const understand = (event: unknown, reading: Reading): Understood => {
  if (!isObject(event))
    return { language: "zh", command: Result.fail(invalid([problems.notJson("no object")])) }
  const inner = unwrapGateway(event)
  if (Result.isFailure(inner)) return { language: "zh", command: Result.fail(inner.failure) }
  const timer = timerCommand(inner.success)
  return {
    language: languageOf(inner.success),
    command: timer === undefined ? decodeEvent(inner.success, reading) : Result.succeed(timer),
  }
}

const tooLarge = refused(refusal(messages.tooLarge, problems.tooLarge(`${largestEvent} bytes`), 413), "zh")

const make = (options: PerformOptions) =>
  Effect.gen(function* () {
    const services = yield* Effect.context<Tasks>()

    const counted = yield* makeEventMetrics

    const handle = Effect.fn("TaskDoor.handle")(function* (event: unknown) {
      const reading = { now: yield* Clock.currentTimeMillis, zone: options.zone }
      const { command, language } = understand(event, reading)
      if (Result.isFailure(command))
        return yield* counted("unknown", Effect.succeed(refused(command.failure, language)))
      const answer = perform(command.success, options).pipe(
        Effect.map((done) => done(language)),
        Effect.catch((failure) => Effect.succeed(refused(failure, language))),
        // A defect of ours is no reason to leave whoever asked without an answer.
        Effect.catchDefect((defect) =>
          Effect.as(
            Effect.logError("an event could not be handled, by a defect of Millrace", defect),
            refused(refusal(messages.defect, problems.defect(String(defect)), 500), language),
          ),
        ),
        Effect.provideContext(services),
      )
      return yield* counted(command.success.kind, answer)
    })

    const unreadable = (answer: DoorAnswer) => counted("unreadable", Effect.succeed(answer))

    const receive = (body: Uint8Array | string): Effect.Effect<DoorAnswer> => {
      if (body.length > largestEvent) return unreadable(tooLarge)
      const event = parseEvent(typeof body === "string" ? body : Buffer.from(body).toString("utf8"))
      return Result.isFailure(event) ? unreadable(refused(event.failure, "zh")) : handle(event.success)
    }

    return TaskDoor.of({ handle, receive })
  })

/** The doors over the task table; and over the node, where this process is one. */
export const layer = (options: DoorOptions = {}): Layer.Layer<TaskDoor, never, Tasks> =>
  Layer.effect(
    TaskDoor,
    make({
      zone: options.timeZone ?? utc,
      eventsAlone: options.eventsAlone ?? false,
      eventBudget: Duration.fromInputUnsafe(options.eventBudget ?? "840 seconds"),
      settled: options.settled ?? (() => Effect.void),
    }),
  )
