import type { Stream } from "../../domain/Stream.ts"
import type { Progress, ProgressRule } from "../Venue.ts"
import { parseJson } from "./ExactJson.ts"
import { isFields, naturalOf } from "./Fields.ts"

/**
 * Whether there were trades that a silent stream did not tell. Of other channels no answer shows exactly what the stream
 * would have told: a quiet ticker or a book that changed back would be taken for dead.
 */
export const tradeProgress = (options: {
  /** Asks for the newest trade. */
  readonly path: (stream: Stream) => string
  readonly weight: number
  /** What the answer tells; `undefined` where it is a refusal, or no such answer. */
  readonly newest: (answer: unknown) => Progress | undefined
}): ProgressRule => ({
  request: (stream) =>
    stream.dataType.type === "trade" ? { path: options.path(stream), weight: options.weight } : undefined,
  read: (body) => options.newest(parseJson(body.toString("utf8"))),
})

/** The first of rows that begin with the newest, by its id; `numbered`: the stream's trades have it as their sequence. */
export const newestRow = (rows: unknown, field: string, numbered: boolean): Progress | undefined => {
  if (!Array.isArray(rows)) return undefined
  if (rows.length === 0) return { mark: "" }
  const [row]: ReadonlyArray<unknown> = rows
  const id = isFields(row) ? row[field] : undefined
  const sequence = naturalOf(id)
  if (numbered) return sequence === undefined ? undefined : { mark: String(id), sequence }
  return typeof id === "string" && id !== "" ? { mark: id } : undefined
}

/** For paths. */
export const nativeOf = ({ instrument }: Stream): string => encodeURIComponent(instrument.native)
