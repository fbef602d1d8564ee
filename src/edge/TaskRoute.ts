import { Effect, Option } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApi, HttpApiBuilder } from "effect/http-api"
import { type DoorAnswer, TaskDoor } from "../../services/TaskDoor.ts"
import { OnDemand } from "./Api.ts"

const refusal = (status: number, message: string, error: string): DoorAnswer => ({
  status,
  body: { success: false, message, error },
})

const noTable = refusal(
  503,
  "任务表不可用 (no task table)",
  "this instance has no task table, or is still starting: see GET /ready",
)

const unread = refusal(413, "请求体过大", "请求体超过1048576 bytes, 或未能读完 (more than 1 MiB, or cut off)")

/** `POST /task`, on any server that mounts it: an event in, its answer out. */
export const answerTask: Effect.Effect<
  HttpServerResponse.HttpServerResponse,
  never,
  HttpServerRequest.HttpServerRequest
> = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const door = yield* Effect.serviceOption(TaskDoor)
  // Of what is larger than the server reads, nothing is there.
  const text = yield* Effect.option(request.text)
  const { body, status } = Option.isNone(text)
    ? unread
    : Option.isNone(door)
      ? noTable
      : yield* door.value.receive(text.value)
  return HttpServerResponse.jsonUnsafe(body, { status })
})

/** The group `tasks` of the API of that name. */
export const taskHandlers = <const Id extends string>(apiId: Id) =>
  HttpApiBuilder.group(
    HttpApi.make(apiId).add(OnDemand),
    "tasks",
    Effect.fnUntraced(function* (handlers) {
      const services = yield* Effect.context()
      return handlers.handleRaw("task", () =>
        Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
          answerTask.pipe(
            Effect.provideContext(services),
            Effect.provideService(HttpServerRequest.HttpServerRequest, request),
          ),
        ),
      )
    }),
  )
