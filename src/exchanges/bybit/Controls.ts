import type { Output } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Fields, naturalOf, reject, show } from "../wire/Fields.ts"

/** The streams of a topic that were asked for. */
export type StreamsOfTopic = (topic: string) => ReadonlyArray<Stream>

/** `error:handler not found,topic:orderbook.7.BTCUSDT`, `Invalid symbol :[publicTrade.NOPEUSDT]`. */
const named = /(?:topic:\s*|\[)([A-Za-z]+(?:\.[\w-]+)+)/

/**
 * `{"success":true,"ret_msg":"","conn_id":"…","req_id":"3","op":"subscribe"}`: by the id of the message, as a whole. One
 * topic that is wrong, or subscribed already, refuses all of its message: the one that the words name is settled by them,
 * the others are asked again.
 */
export const readControl = (message: Fields, streamsOf: StreamsOfTopic, output: Output): void => {
  const { op, req_id: requestId, ret_msg: words, success } = message
  if (op === "ping" || op === "pong" || words === "pong") {
    output.controls.push({ kind: "pong" })
    return
  }
  if (typeof success !== "boolean") return reject(output, "unknown_event", `op: ${show(op)}`)
  const id = requestId === "" ? undefined : naturalOf(requestId)
  if (success) {
    if (id !== undefined && (op === "subscribe" || op === "unsubscribe"))
      output.controls.push({ kind: "ack", id })
    else output.controls.push({ kind: "notice", text: String(op).slice(0, 40) })
    return
  }
  const error = typeof words === "string" && words !== "" ? words.slice(0, 200) : "refused without a word"
  const streams = streamsOf(named.exec(error)?.[1] ?? "")
  for (const stream of streams)
    if (error.includes("already subscribed")) output.controls.push({ kind: "subscribed", stream })
    else output.controls.push({ kind: "refused", stream, error })
  if (id !== undefined) output.controls.push({ kind: "ack", id, error })
  else if (streams.length === 0) output.controls.push({ kind: "failed", error })
}
