import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Effect, Schema } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { TaskAnswer } from "../edge/TaskSchema.ts"
import { CommandError } from "./CommandError.ts"

const decodeAnswer = Schema.decodeUnknownEffect(Schema.fromJsonString(TaskAnswer))

/** Sends an event to a running instance; the data of its answer, or the reason as this command's error. */
export const askInstance = Effect.fnUntraced(function* (
  url: string,
  event: Readonly<Record<string, unknown>>,
) {
  const request = HttpClientRequest.post(`${url}/task`).pipe(
    HttpClientRequest.bodyJsonUnsafe({ ...event, language: "en" }),
  )
  const response = yield* Effect.mapError(
    HttpClient.execute(request),
    (error) =>
      new CommandError({
        detail: `no running instance answers at ${url} (${error.message}); is it up, and on another port? --url says where`,
      }),
  )
  const said = yield* Effect.orElseSucceed(response.text, () => "")
  const answer = yield* Effect.mapError(
    decodeAnswer(said),
    () =>
      new CommandError({
        detail: `what answers at ${url} is no Millrace with tasks: ${response.status} ${said.slice(0, 200)}`,
      }),
  )
  if (answer.success) return answer.data
  return yield* new CommandError({ detail: `${answer.message}: ${answer.error}` })
}, Effect.provide(NodeHttpClient.layerUndici))

/** What an instance of another version leaves out or adds is no reason to show nothing of it. */
export const understood = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, data: unknown) =>
  Effect.mapError(
    Schema.decodeUnknownEffect(schema)(data),
    (error) =>
      new CommandError({
        detail: `the instance answers in a way that this version does not know: ${String(error.message).replace(/\s+/g, " ")}`,
      }),
  )
