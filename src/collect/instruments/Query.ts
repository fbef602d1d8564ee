import { Effect } from "effect"
import {
  type InstrumentQuery,
  InstrumentsError,
  UnknownVenue,
  type VenueInstrument,
} from "../../../services/Collection.ts"
import { type InstrumentPattern, isPattern, parsePattern } from "../../domain/InstrumentPattern.ts"
import type { ListedInstrument } from "../../domain/ListedInstrument.ts"
import type { VenueRuntime } from "../venue/VenueRuntime.ts"
import type { Directory } from "./Directory.ts"

type Select = (directory: Directory) => ReadonlyArray<ListedInstrument>

const selectBy =
  (pattern: InstrumentPattern): Select =>
  (directory) =>
    directory.select(pattern)

const selectOne =
  (spelling: string): Select =>
  (directory) => {
    const found = directory.find(spelling)
    return found === undefined ? [] : [found]
  }

const selection = (text: string | undefined): Effect.Effect<Select, InstrumentsError> => {
  if (text === undefined || text === "") return Effect.succeed(({ listed }) => listed)
  if (!isPattern(text)) return Effect.succeed(selectOne(text))
  const pattern = parsePattern(text)
  return "problem" in pattern
    ? Effect.fail(new InstrumentsError({ reason: "pattern", detail: pattern.problem }))
    : Effect.succeed(selectBy(pattern))
}

/** What the venues list, by a pattern or a spelling. */
export const queryInstruments = Effect.fn("Instruments.query")(function* (
  runtimes: ReadonlyMap<string, Pick<VenueRuntime, "instruments" | "venue">>,
  { pattern, venue }: InstrumentQuery,
): Effect.fn.Return<ReadonlyArray<VenueInstrument>, InstrumentsError | UnknownVenue> {
  const select = yield* selection(pattern)
  if (venue !== undefined && !runtimes.has(venue))
    return yield* new UnknownVenue({ venue, known: [...runtimes.keys()] })
  const asked = venue === undefined ? [...runtimes.values()] : [runtimes.get(venue)!]
  const known = asked.flatMap((runtime) => {
    const { directory } = runtime.instruments.known() ?? {}
    return directory === undefined ? [] : [{ name: runtime.venue.name, directory }]
  })
  if (known.length === 0) {
    const why = asked[0]?.instruments.status().lastError
    return yield* new InstrumentsError({
      reason: "absent",
      detail: `no list of instruments has come yet${why === undefined ? "" : `: ${why}`}`,
    })
  }
  return known.flatMap(({ directory, name }) =>
    select(directory).map((instrument): VenueInstrument => ({ venue: name, ...instrument })),
  )
})
