import { type IdRule, readRequest } from "./BinanceRequests.ts"
import type { Protocol } from "./Protocol.ts"

/** Commands and their answers by id, as all of Binance's venues have them. */
export const binanceDialogue =
  (ids: IdRule): Protocol["dialogue"] =>
  ({ streams }) => {
    const result = (id: unknown, value: unknown) => ({ result: value, id })

    const reply = (text: string): unknown => {
      const request = readRequest(text, ids)
      switch (request.method) {
        case "INVALID": {
          const { code, id, msg } = request
          return { error: { code, msg }, ...(id === undefined ? {} : { id }) }
        }
        case "SUBSCRIBE":
          return streams.add(request.streams)
            ? result(request.id, null)
            : { error: { code: 2, msg: "Invalid request: too many parameters" }, id: request.id }
        case "UNSUBSCRIBE":
          streams.remove(request.streams)
          return result(request.id, null)
        case "LIST_SUBSCRIPTIONS":
          return result(request.id, streams.names())
        case "SET_PROPERTY":
          streams.combine(request.combined)
          return result(request.id, null)
        case "GET_PROPERTY":
          return result(request.id, streams.combined())
      }
    }

    return { answer: (text) => [JSON.stringify(reply(text))] }
  }

/** `{"stream":…,"data":…}`: a combined connection's message. */
export const wrap = (stream: string, text: string): string => `{"stream":"${stream}","data":${text}}`

/** `{"e":"serverShutdown","E":…}` on `!serverShutdown`, as documented: whoever hears it connects anew. */
export const serverShutdown: NonNullable<Protocol["closing"]> = (_, now) => ({
  stream: "!serverShutdown",
  text: `{"e":"serverShutdown","E":${now}}`,
  form: "payload",
})
