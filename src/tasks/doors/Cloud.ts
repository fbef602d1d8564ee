import { Result } from "effect"
import { parseExact } from "../../domain/ExactJson.ts"
import type { Command } from "./Command.ts"
import { isObject, type Json } from "./Fields.ts"
import { invalid, type Refusal } from "./Refusal.ts"
import { problems } from "./Words.ts"

/** What a cloud function is invoked with, when it is not called directly. */

/** Bytes or text of a body as an object, or why it is none. */
export const parseEvent = (text: string): Result.Result<Json, Refusal> => {
  const refuse = (detail: string) => Result.fail({ ...invalid([problems.notJson(detail)]), status: 400 })
  if (text.trim() === "") return refuse("empty")
  let value: unknown
  try {
    // Some shells put a mark before what they write.
    value = parseExact(text.replace(/^\uFEFF/, ""))
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
  return isObject(value) ? Result.succeed(value) : refuse(Array.isArray(value) ? "a list" : "no object")
}

const isGateway = (event: Json): boolean => typeof event["httpMethod"] === "string"

const base64 = /^[A-Za-z0-9+/]+={0,2}$/

/** A body says that it is Base64, or is recognised by being nothing else. */
const bodyText = (event: Json): string => {
  const { body } = event
  if (typeof body !== "string") return body === undefined || body === null ? "" : JSON.stringify(body)
  const trimmed = body.trim()
  const encoded = event["isBase64Encoded"] === true || base64.test(trimmed)
  return encoded ? Buffer.from(trimmed, "base64").toString("utf8") : body
}

const endsIn = (path: unknown, name: string): boolean =>
  typeof path === "string" && path.replace(/\/+$/, "").endsWith(`/${name}`)

/**
 * The event within one of an API gateway: its body, whatever its path, as the function behind `POST /task` gets it. A
 * `GET` of `/health` and a `POST` of `/probe` are those of a node's own gateway.
 */
export const unwrapGateway = (event: Json): Result.Result<Json, Refusal> => {
  if (!isGateway(event)) return Result.succeed(event)
  if (event["httpMethod"] === "GET" && endsIn(event["path"], "health"))
    return Result.succeed({ action: "health_check" })
  return Result.flatMap(parseEvent(bodyText(event)), (inner) => {
    if (isGateway(inner)) return Result.fail(invalid([problems.nested]))
    return Result.succeed(
      endsIn(event["path"], "probe") ? { type: "heartbeat", data: { ...inner, type: undefined } } : inner,
    )
  })
}

/** A cloud's timer has fired: `{ Type: "Timer", TriggerName, Time, Message }`. */
export const timerCommand = (event: Json): Command | undefined =>
  event["Type"] === "Timer"
    ? { kind: "runDue", trigger: typeof event["TriggerName"] === "string" ? event["TriggerName"] : "" }
    : undefined
