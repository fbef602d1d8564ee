import type { Output } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import { type Fields, isFields, reject, show } from "../wire/Fields.ts"
import { type Argument, argumentKey } from "./Channels.ts"

/** The streams of an argument that were asked for. */
export type StreamsOf = (key: string) => ReadonlyArray<Stream>

const keyOf = (argument: unknown): string | undefined =>
  isFields(argument) && typeof argument["channel"] === "string"
    ? argumentKey(argument as Argument)
    : undefined

/** `Wrong URL or channel:trades,instId:BTC-USDX doesn't exist.`, or the argument itself in the words of the error. */
const named = /channel["\s]*:\s*["\s]*([\w-]+)"?\s*,\s*"?inst(?:Id|Type)["\s]*:\s*["\s]*([\w-]+)/

/**
 * `{"event":"subscribe","arg":{…}}`, `{"event":"error","code":"60018","msg":"…"}`, `{"event":"notice","code":"64008",…}`:
 * the answers are by argument, and an error names it in its words alone.
 */
export const readControl = (message: Fields, streamsOf: StreamsOf, output: Output): void => {
  const { event, code, msg, arg } = message
  switch (event) {
    case "subscribe":
    case "unsubscribe": {
      const key = keyOf(arg)
      if (key === undefined) return reject(output, "bad_field", `arg of a ${event} event: ${show(arg)}`)
      const kind = event === "subscribe" ? "subscribed" : "unsubscribed"
      const streams = streamsOf(key)
      for (const stream of streams) output.controls.push({ kind, stream })
      if (streams.length === 0) output.controls.push({ kind: "notice", text: `${event} ${key}` })
      return
    }
    case "error": {
      const error = `${String(code).slice(0, 20)}: ${String(msg).slice(0, 200)}`
      const words = named.exec(String(msg))
      const streams = words === null ? [] : streamsOf(`${words[1]}:${words[2]}`)
      for (const stream of streams) output.controls.push({ kind: "refused", stream, error })
      if (streams.length === 0) output.controls.push({ kind: "failed", error })
      return
    }
    case "notice":
      output.controls.push(
        code === "64008"
          ? { kind: "shutdown" }
          : { kind: "notice", text: `${String(code).slice(0, 20)}: ${String(msg).slice(0, 200)}` },
      )
      return
    case "channel-conn-count":
    case "channel-conn-count-error":
    case "login":
      output.controls.push({ kind: "notice", text: String(event) })
      return
    default:
      return reject(output, "unknown_event", `event: ${show(event)}`)
  }
}
