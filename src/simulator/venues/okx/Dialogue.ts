import { rollingWindow } from "../../server/Windows.ts"
import type { Protocol } from "../Protocol.ts"
import { routeOf } from "./StreamNames.ts"

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const error = (code: string, msg: string): string =>
  JSON.stringify({ event: "error", code, msg, connId: "a4d3ae55" })

/** Requests to subscribe and unsubscribe that a connection may send in an hour. */
const requestsPerHour = 480

/** The text `ping`, and commands that are answered argument by argument. */
export const okxDialogue =
  (kindOf: Protocol["stream"]): Protocol["dialogue"] =>
  ({ catalogue, now, route, streams }) => {
    const requests = rollingWindow(requestsPerHour, 3_600_000)

    /** The streams that an argument stands for; empty where there is no such thing on this route. */
    const streamsOf = (argument: Fields): ReadonlyArray<string> => {
      const { channel, instId, instType } = argument
      if (typeof channel !== "string" || routeOf(channel) !== route.name) return []
      const natives =
        channel === "liquidation-orders"
          ? [...catalogue.symbols.keys()].filter((each) => instType === "SWAP" && each.endsWith("-SWAP"))
          : [String(instId)]
      return natives
        .map((native) => `${channel}:${native}`)
        .filter((name) => {
          const stream = kindOf(name)
          return stream !== undefined && catalogue.symbols.has(stream.native)
        })
    }

    const one = (op: "subscribe" | "unsubscribe", argument: unknown): string => {
      const names = isFields(argument) ? streamsOf(argument) : []
      if (!isFields(argument) || names.length === 0) {
        const { channel, instId, instType } = isFields(argument) ? argument : ({} as Fields)
        const what = instId === undefined ? `instType:${String(instType)}` : `instId:${String(instId)}`
        return error(
          "60018",
          `Wrong URL or channel:${String(channel)},${what} doesn't exist. Please use the correct URL, channel and parameters referring to API document.`,
        )
      }
      if (op === "unsubscribe") streams.remove(names)
      else if (!streams.add(names)) return error("60014", "Requests too frequent")
      return JSON.stringify({ event: op, arg: argument, connId: "a4d3ae55" })
    }

    const answer = (text: string): ReadonlyArray<string> => {
      if (text === "ping") return ["pong"]
      const request = parse(text)
      if (!isFields(request)) return [error("60012", `Invalid request: ${text.slice(0, 200)}`)]
      const { args, op } = request
      if ((op !== "subscribe" && op !== "unsubscribe") || !Array.isArray(args) || args.length === 0)
        return [error("60012", `Invalid request: ${text.slice(0, 200)}`)]
      if (!requests.take(now())) return [error("60014", "Requests too frequent")]
      return args.map((argument) => one(op, argument))
    }

    return { answer }
  }
