import type { Protocol } from "../Protocol.ts"

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

/** Topics of one request of spot. */
const spotTopics = 10

/** Pings in messages, and commands that are answered as a whole: one bad topic refuses all of its message. */
export const bybitDialogue =
  (kindOf: Protocol["stream"]): Protocol["dialogue"] =>
  ({ catalogue, route, streams }) => {
    const answer = (op: string, id: unknown, success: boolean, words: string): string =>
      JSON.stringify({ success, ret_msg: words, conn_id: "0970e817-426e-429a", req_id: id ?? "", op })

    const refusalOf = (op: string, topics: ReadonlyArray<string>): string | undefined => {
      if (route.name === "spot" && topics.length > spotTopics) return "args size >10"
      const subscribed = new Set(streams.names())
      for (const topic of topics) {
        const name = `${route.name}:${topic}`
        const stream = kindOf(name)
        if (stream === undefined || !catalogue.symbols.has(stream.native))
          return `error:handler not found,topic:${topic}`
        if (op === "subscribe" && subscribed.has(name)) return `error:already subscribed,topic:${topic}`
      }
      return undefined
    }

    const command = (op: "subscribe" | "unsubscribe", id: unknown, topics: ReadonlyArray<string>): string => {
      const refusal = refusalOf(op, topics)
      if (refusal !== undefined) return answer(op, id, false, refusal)
      const names = topics.map((topic) => `${route.name}:${topic}`)
      if (op === "unsubscribe") streams.remove(names)
      else if (!streams.add(names))
        return answer(op, id, false, "args size exceeds the limit of a connection")
      return answer(op, id, true, op === "subscribe" ? "subscribe" : "")
    }

    return {
      answer: (text) => {
        const request = parse(text)
        if (!isFields(request)) return [answer("", "", false, "Params Error")]
        const { args, op, req_id: id } = request
        if (op === "ping") return [answer("ping", id, true, "pong")]
        if ((op !== "subscribe" && op !== "unsubscribe") || !Array.isArray(args) || args.length === 0)
          return [answer("", id, false, "Params Error")]
        return [command(op, id, args.map(String))]
      },
    }
  }
