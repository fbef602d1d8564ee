import { Effect } from "effect"
import type { InstrumentChange } from "../../../services/Collection.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Changed } from "../venue/Subscriptions.ts"
import type { Known } from "./Meaning.ts"

/** Changes that status shows. */
const shown = 50
/** Symbols that one line of the log names. */
const named = 10

const counted = (streams: number): string => `${streams} stream${streams === 1 ? "" : "s"}`

const bySymbol = (streams: ReadonlyArray<Stream>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const { instrument } of streams)
    counts.set(instrument.symbol, (counts.get(instrument.symbol) ?? 0) + 1)
  return counts
}

const listOf = (symbols: Iterable<string>): string => {
  const all = [...symbols]
  const more = all.length > named ? ` and ${all.length - named} more` : ""
  return all.slice(0, named).join(", ") + more
}

/** Says what began and what ended with a new list of instruments, and remembers the latest of it. */
export const makeChangeLog = (venue: string) => {
  const changes: Array<InstrumentChange> = []

  const endReason = (before: Known | undefined, known: Known, symbol: string): string => {
    const listed = known.directory.bySymbol(symbol)
    if (listed === undefined)
      return `${venue} does not list it${before?.directory.bySymbol(symbol) === undefined ? "" : " any more"}`
    return listed.status === "ended"
      ? `${venue} lists it as not traded any more`
      : "nothing that was asked for selects it any more"
  }

  return {
    latest: (): ReadonlyArray<InstrumentChange> => changes.slice(-shown),
    note: Effect.fnUntraced(function* (
      before: Known | undefined,
      known: Known,
      { begun, ended, refused }: Changed,
      at: number,
    ) {
      const began = bySymbol(begun)
      const left = bySymbol(ended)
      // What the first list brings was there before: nothing was listed just now.
      if (before !== undefined)
        for (const [symbol, streams] of began) changes.push({ symbol, change: "listed", at, streams })
      // What no list ever had was read by its letters, and is refused now.
      for (const [symbol, streams] of left)
        if (before?.directory.bySymbol(symbol) !== undefined)
          changes.push({ symbol, change: "delisted", at, streams, reason: endReason(before, known, symbol) })
      changes.splice(0, Math.max(0, changes.length - shown))
      if (began.size > 0)
        yield* Effect.logInfo(
          before === undefined
            ? `the list of instruments has ${known.directory.listed.length}; ${counted(begun.length)} of ${began.size} begin: ${listOf(began.keys())}`
            : `${listOf(began.keys())} ${began.size === 1 ? "is" : "are"} listed: ${counted(begun.length)} begin`,
        )
      if (left.size > 0)
        yield* Effect.logWarning(
          `${counted(ended.length)} end: ${listOf([...left.keys()].map((symbol) => `${symbol} (${endReason(before, known, symbol)})`))}`,
        )
      for (const { dataType, reason, symbol, waiting } of refused.slice(0, named))
        yield* (waiting ? Effect.logInfo : Effect.logError)(`not collected: ${symbol} ${dataType}: ${reason}`)
      if (refused.length > named)
        yield* Effect.logError(`not collected: ${refused.length - named} more, which status names`)
    }, Effect.annotateLogs({ venue })),
  }
}
