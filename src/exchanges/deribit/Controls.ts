import type { Output } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Fields, isFields, mismatch, naturalOf, reject, show } from "../wire/Fields.ts"

/** The streams of a channel that were asked for. */
export type StreamsOf = (channel: string) => ReadonlyArray<Stream>

/** The id of everything that is no subscription: of those the first is 1. */
const ownId = 0

const request = (method: string, params: object): string =>
  JSON.stringify({ jsonrpc: "2.0", id: ownId, method, params })

/** The venue then says every so many seconds that it lives, and asks whether we do; 10 is the least. */
export const heartbeats = request("public/set_heartbeat", { interval: 15 })

const alive = request("public/test", {})

const words = (error: unknown): string =>
  isFields(error)
    ? `${String(error["code"]).slice(0, 20)}: ${String(error["message"]).slice(0, 200)}`
    : show(error)

/** An answer to a request: `{"id":1,"result":[…channels…]}`, `{"id":1,"error":{"code":13778,"message":"…"}}`. */
const readAnswer = (message: Fields, streamsOf: StreamsOf, output: Output): void => {
  const { error, result } = message
  const id = naturalOf(message["id"])
  if (error !== undefined) {
    const text = words(error)
    if (id === ownId) output.controls.push({ kind: "notice", text })
    else
      output.controls.push(
        id === undefined ? { kind: "failed", error: text } : { kind: "ack", id, error: text },
      )
    return
  }
  if (id === undefined)
    return reject(output, "bad_field", mismatch("id", "the id of a request", message["id"]))
  if (Array.isArray(result)) {
    // What cannot be had is left out of the list.
    const accepted = result.flatMap((channel: unknown) =>
      typeof channel === "string" ? streamsOf(channel) : [],
    )
    output.controls.push({ kind: "ack", id, accepted })
    return
  }
  output.controls.push(
    isFields(result) ? { kind: "pong" } : { kind: "notice", text: `answer ${id}: ${show(result)}` },
  )
}

/** Everything that is no record: answers, and heartbeats. */
export const readControl = (message: Fields, streamsOf: StreamsOf, output: Output): void => {
  const { method, params } = message
  if (method === undefined) {
    if (message["result"] !== undefined || message["error"] !== undefined)
      return readAnswer(message, streamsOf, output)
    return reject(output, "unknown_event", "neither method nor result nor error")
  }
  if (method !== "heartbeat") return reject(output, "unknown_event", `method: ${show(method)}`)
  const type = isFields(params) ? params["type"] : undefined
  if (type === "test_request") output.controls.push({ kind: "reply", text: alive })
  else if (type === "heartbeat") output.controls.push({ kind: "notice", text: "heartbeat" })
  else reject(output, "unknown_event", `type of a heartbeat: ${show(type)}`)
}
