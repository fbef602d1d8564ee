import { isStreamName } from "./StreamName.ts"

/** What a client's message asks for, or why it is refused. */
export type Request =
  | {
      readonly method: "SUBSCRIBE" | "UNSUBSCRIBE"
      readonly streams: ReadonlyArray<string>
      readonly id: unknown
    }
  | { readonly method: "LIST_SUBSCRIPTIONS"; readonly id: unknown }
  | { readonly method: "SET_PROPERTY"; readonly combined: boolean; readonly id: unknown }
  | { readonly method: "GET_PROPERTY"; readonly id: unknown }
  | { readonly method: "INVALID"; readonly code: number; readonly msg: string; readonly id?: unknown }

const methods = ["SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY"]

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const invalid = (code: number, msg: string, id?: unknown): Request => ({
  method: "INVALID",
  code,
  msg,
  ...(id === undefined ? {} : { id }),
})

/** What a request may carry as its id. */
export interface IdRule {
  readonly accepts: (id: unknown) => boolean
  readonly error: string
}

/** Reads a request as the exchange does, with its words for what is wrong. */
export const readRequest = (text: string, ids: IdRule): Request => {
  const json = parse(text)
  if (json === undefined) return invalid(3, "Invalid JSON: expected value at line 1 column 1")
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return invalid(2, "Invalid request: request must be an object")
  const { id, method, params } = json as { readonly [name: string]: unknown }
  if (!ids.accepts(id)) return invalid(2, ids.error)
  if (method === undefined)
    return invalid(2, `Invalid request: missing field \`method\` at line 1 column ${text.length}`, id)
  const named = typeof method === "string" ? method : JSON.stringify(method)
  switch (named) {
    case "SUBSCRIBE":
    case "UNSUBSCRIBE":
      if (!Array.isArray(params) || params.length === 0 || !params.every(isStreamName))
        return invalid(2, "Invalid request: invalid stream", id)
      return { method: named, streams: params, id: id ?? null }
    case "LIST_SUBSCRIPTIONS":
      return { method: named, id: id ?? null }
    case "GET_PROPERTY":
    case "SET_PROPERTY": {
      const [name, value]: ReadonlyArray<unknown> = Array.isArray(params) ? params : []
      if (typeof name !== "string") return invalid(2, "Invalid request: property name must be a string", id)
      if (name !== "combined") return invalid(0, "Unknown property", id)
      if (named === "GET_PROPERTY") return { method: named, id: id ?? null }
      return typeof value === "boolean"
        ? { method: named, combined: value, id: id ?? null }
        : invalid(1, "Invalid value type: expected Boolean", id)
    }
    default: {
      const known = methods.map((each) => `\`${each}\``).join(", ")
      return invalid(2, `Invalid request: unknown variant \`${named}\`, expected one of ${known}`, id)
    }
  }
}
