import type { Output } from "../../domain/Decoded.ts"
import type { Catalogue } from "../wire/Catalogue.ts"
import { type Fields, isFields, naturalOf, reject, show } from "../wire/Fields.ts"
import { channelNamed } from "./Channels.ts"

const words = (value: unknown): string => String(value).slice(0, 200)

/**
 * `{"event":"subscriptionStatus","channelName":"trade","pair":"XBT/USD","status":"subscribed",…}`: one for each pair. A
 * refused one has an `errorMessage`, no number and not always a `channelName` (documented; none was recorded).
 */
const readStatus = (message: Fields, catalogue: Catalogue, output: Output): void => {
  const { channelName, errorMessage, pair, reqid, status, subscription } = message
  const channel =
    typeof channelName === "string"
      ? channelName
      : isFields(subscription)
        ? channelNamed(subscription)
        : undefined
  const stream =
    channel === undefined || typeof pair !== "string" ? undefined : catalogue.find(`${channel}:${pair}`)
  switch (status) {
    case "subscribed":
    case "unsubscribed":
      if (stream === undefined)
        return reject(
          output,
          "unknown_stream",
          `${status}: ${show(channel)} of ${show(pair)} is none of ours`,
        )
      output.controls.push({ kind: status, stream })
      return
    case "error": {
      const error = words(errorMessage)
      const id = naturalOf(reqid)
      if (stream !== undefined) output.controls.push({ kind: "refused", stream, error })
      else if (id !== undefined && pair === undefined) output.controls.push({ kind: "ack", id, error })
      else output.controls.push({ kind: "failed", error })
      return
    }
    default:
      return reject(output, "bad_field", `status of a subscription: ${show(status)}`)
  }
}

/** What is an object is no data. */
export const readControl = (message: Fields, catalogue: Catalogue, output: Output): void => {
  const { errorMessage, event, reqid, status, version } = message
  switch (event) {
    case "heartbeat":
      output.controls.push({ kind: "notice", text: "heartbeat" })
      return
    case "pong":
      output.controls.push({ kind: "pong" })
      return
    case "systemStatus":
      output.controls.push({
        kind: "notice",
        text: `systemStatus: ${words(status)}, version ${words(version)}`,
      })
      return
    case "subscriptionStatus":
      return readStatus(message, catalogue, output)
    case "error": {
      const id = naturalOf(reqid)
      const error = words(errorMessage)
      output.controls.push(id === undefined ? { kind: "failed", error } : { kind: "ack", id, error })
      return
    }
    default:
      // One that Kraken has added is no reason to doubt a book: changes of books are lists.
      output.rejects.push({
        reason: "unknown_event",
        detail: `event: ${show(event)}`,
        ...(typeof event === "string" ? { foreign: true } : {}),
      })
  }
}
