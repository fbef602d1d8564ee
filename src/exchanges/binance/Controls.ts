import type { Output } from "../../domain/Decoded.ts"
import { type Fields, isFields, isNatural, reject, show } from "./Fields.ts"

/** An error's code and words, or `undefined` where the object is none. */
export const errorText = (value: unknown): string | undefined =>
  isFields(value) && typeof value["msg"] === "string" && typeof value["code"] === "number"
    ? `${value["code"]}: ${value["msg"].slice(0, 200)}`
    : undefined

/**
 * A message without `stream`: the answer to a command (`{"result":null,"id":1}`,
 * `{"error":{"code":2,"msg":"…"},"id":1}`, `{"code":2,"msg":"…","id":1}`), or what we do not know. An error without
 * the id of its command is a notice.
 */
export const readControl = (message: Fields, output: Output): void => {
  const { id, result, e } = message
  const error = errorText(message["error"]) ?? errorText(message)
  if (error !== undefined) {
    output.controls.push(
      isNatural(id) ? { kind: "ack", id, error } : { kind: "notice", text: `error ${error}` },
    )
    return
  }
  if (result !== undefined && isNatural(id)) {
    output.controls.push({ kind: "ack", id })
    return
  }
  if (e === "serverShutdown") {
    output.controls.push({ kind: "shutdown" })
    return
  }
  const keys = Object.keys(message)
  const what =
    e === undefined ? `fields ${keys.slice(0, 8).map(show).join(", ") || "none"}` : `event ${show(e)}`
  reject(output, "unknown_event", `a message without "stream" and no answer to a command: ${what}`)
}
