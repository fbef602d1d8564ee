import type { Decoded, Reject } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { RecordedRest, RestSnapshots } from "../Venue.ts"
import { errorText } from "./Controls.ts"
import { maxFrameBytes } from "./Decoder.ts"
import { aNatural, aTime, isEventTime, isFields, isNatural, mismatch } from "./Fields.ts"
import { describeLevels, levelsText } from "../wire/Levels.ts"
import { snapshotRecord } from "./Records.ts"

/** What the REST endpoint of a venue's books is like. */
export interface SnapshotEndpoint {
  readonly path: string
  /** Levels a side that people ask for, ascending. */
  readonly limits: ReadonlyArray<number>
  /** Levels of a request that names none. */
  readonly defaultLimit: number
}

/** The levels that a body was probably asked for: the smallest limit that holds its larger side. */
const guessLevels = (endpoint: SnapshotEndpoint, bids: unknown, asks: unknown): number => {
  const count = Math.max(Array.isArray(bids) ? bids.length : 0, Array.isArray(asks) ? asks.length : 0)
  return endpoint.limits.find((limit) => limit >= count) ?? count
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const rejected = (reason: Reject["reason"], detail: string): Reject => ({ reason, detail })

/**
 * `{"lastUpdateId":…,"bids":[[price,quantity],…],"asks":…}`. USD-M adds `E`, the time of the message, COIN-M its symbol as
 * well; spot's snapshot has no time.
 */
export const decodeSnapshot =
  (endpoint: SnapshotEndpoint): RestSnapshots["decode"] =>
  (body: Buffer, stream: Stream, receivedAt: number, levels: number | undefined): Decoded | Reject => {
    if (body.length > maxFrameBytes) {
      return rejected("too_large", `${body.length} bytes, at most ${maxFrameBytes}`)
    }
    const message = parse(body.toString("utf8"))
    if (message === undefined) return rejected("not_json", `a depth snapshot of ${body.length} bytes`)
    if (!isFields(message)) return rejected("not_object", mismatch("the snapshot", "an object", message))
    const error = errorText(message)
    if (error !== undefined) return rejected("bad_field", `the venue refused: ${error}`)
    const { lastUpdateId, E, bids, asks, symbol } = message
    const { native } = stream.instrument
    if (symbol !== undefined && symbol !== native)
      return { ...rejected("symbol_mismatch", mismatch("symbol", JSON.stringify(native), symbol)), stream }
    if (!isNatural(lastUpdateId)) {
      const reason = typeof lastUpdateId === "number" ? "bad_number" : "bad_field"
      return rejected(reason, mismatch("lastUpdateId", aNatural, lastUpdateId))
    }
    if (E !== undefined && !isEventTime(E)) {
      return rejected(typeof E === "number" ? "bad_number" : "bad_field", mismatch("E", aTime, E))
    }
    const bidsText = levelsText(bids, "bids")
    if (bidsText === undefined) return rejected("bad_levels", describeLevels("bids", bids))
    const asksText = levelsText(asks, "asks")
    if (asksText === undefined) return rejected("bad_levels", describeLevels("asks", asks))
    const depth = levels ?? guessLevels(endpoint, bids, asks)
    return snapshotRecord(stream, receivedAt, E ?? 0, bidsText, asksText, lastUpdateId, depth)
  }

const other: RecordedRest = { kind: "other" }
const strayBody = /^\s*\{\s*"lastUpdateId"\s*:/

/**
 * A depth request of a recorded session by its URL; without one, a snapshot by its body, which then belongs to the
 * session's one symbol (`native` is empty).
 */
export const recordedDepth =
  (endpoint: SnapshotEndpoint) =>
  (url: string | undefined, body: string): RecordedRest => {
    if (url === undefined) {
      const message = strayBody.test(body) ? parse(body) : undefined
      if (!isFields(message) || "stream" in message) return other
      const { bids, asks } = message
      if (!Array.isArray(bids) || !Array.isArray(asks)) return other
      return { kind: "depth", native: "", levels: guessLevels(endpoint, bids, asks) }
    }
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    const native = parsed?.searchParams.get("symbol")?.toUpperCase()
    if (parsed?.pathname !== endpoint.path || native === undefined || native === "") return other
    const limit = Number(parsed.searchParams.get("limit") ?? endpoint.defaultLimit)
    return { kind: "depth", native, levels: isNatural(limit) && limit > 0 ? limit : endpoint.defaultLimit }
  }
