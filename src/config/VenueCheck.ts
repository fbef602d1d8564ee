import { type DataType, parseDataType } from "../domain/DataType.ts"
import type { Instrument } from "../domain/Instrument.ts"
import { isPattern, parsePattern } from "../domain/InstrumentPattern.ts"
import type { Stream } from "../domain/Stream.ts"
import { isRefusal, pollRoute, type Venue } from "../exchanges/Venue.ts"
import type { VenueConfig } from "../exchanges/VenueConfig.ts"
import { didYouMean } from "../domain/NearestName.ts"
import type { Findings } from "./Validate.ts"
import { renderPath } from "./Tree.ts"

interface Check {
  readonly name: string
  readonly config: VenueConfig
  readonly venue: Venue
  readonly findings: Findings
}

/** What is wrong with a pattern, as far as that can be told without the venue's list of instruments. */
const patternProblem = ({ instruments, name }: Venue, text: string): string | undefined => {
  const pattern = parsePattern(text)
  if ("problem" in pattern) return pattern.problem
  const { market } = pattern
  return market === undefined || instruments.markets.includes(market)
    ? undefined
    : `"${text}": ${name} has no ${market}; it has ${instruments.markets.join(", ")}`
}

const instrumentsOf = ({ name, config, venue, findings }: Check): ReadonlyArray<Instrument> => {
  const found = new Map<string, Instrument>()
  for (const [index, spelling] of config.symbols.entries()) {
    const path = ["exchanges", name, "symbols", index]
    if (isPattern(spelling)) {
      const problem = patternProblem(venue, spelling)
      if (problem !== undefined) findings.problem(path, problem)
      continue
    }
    const instrument = venue.instrument(spelling)
    if (isRefusal(instrument)) findings.problem(path, instrument.refused)
    else if (found.has(instrument.symbol)) {
      findings.warning(`${renderPath(path)}: ${instrument.symbol} is named twice; once is enough`)
    } else found.set(instrument.symbol, instrument)
  }
  return [...found.values()]
}

const dataTypesOf = ({ name, config, venue, findings }: Check): ReadonlyArray<readonly [number, DataType]> =>
  config.dataTypes.flatMap((word, index) => {
    const path = ["exchanges", name, "dataTypes", index]
    const dataType = parseDataType(word)
    if (dataType !== undefined) return [[index, dataType] as const]
    findings.problem(
      path,
      `unknown data type "${word}"${didYouMean(word, venue.offers) || `; ${name} has ${venue.offers.join(", ")}`}`,
    )
    return []
  })

/** Connections that so many streams need, those of different routes apart. */
const connectionsFor = (streams: ReadonlyArray<Stream>, perConnection: number): number => {
  const routes = new Map<string, number>()
  for (const { route } of streams) if (route !== pollRoute) routes.set(route, (routes.get(route) ?? 0) + 1)
  return [...routes.values()].reduce((sum, count) => sum + Math.ceil(count / perConnection), 0)
}

const checkRoom = ({ name, config, venue, findings }: Check, streams: ReadonlyArray<Stream>): void => {
  const { max, streamsPerConnection } = config.connections
  const perConnection = Math.min(streamsPerConnection, venue.limits.streamsPerConnection)
  const needed = connectionsFor(streams, perConnection)
  if (needed <= max) return
  const beyond = streams.slice(max * perConnection).map((stream) => stream.key)
  const named =
    beyond.length === 0 ? "" : `: ${beyond.slice(0, 3).join(", ")}${beyond.length > 3 ? ", …" : ""}`
  findings.warning(
    `exchanges.${name}: ${streams.length} streams need ${needed} connections of ${perConnection}, and connections.max is ${max}; those beyond are refused${named}`,
  )
}

/** Whether a venue knows the instruments and data types asked of it, and has room for their streams. */
export const checkVenue = (check: Check): void => {
  const { config, name, venue, findings } = check
  const instruments = instrumentsOf(check)
  const streams: Array<Stream> = []
  for (const [index, dataType] of dataTypesOf(check)) {
    const refusals = new Set<string>()
    let found = 0
    // What a pattern selects has it, as far as the venue has it of anything.
    if (venue.offers.includes(dataType.word) && config.symbols.some(isPattern)) found = 1
    else if (instruments.length === 0 && !venue.offers.includes(dataType.word))
      refusals.add(`${name} has no "${dataType.word}"; it has ${venue.offers.join(", ")}`)
    for (const instrument of instruments) {
      const stream = venue.stream(dataType, instrument)
      if (isRefusal(stream)) refusals.add(stream.refused)
      else {
        found = 1
        streams.push(stream)
      }
    }
    // Where spot and derivatives stand side by side, not every instrument has everything.
    const path = ["exchanges", name, "dataTypes", index]
    for (const refused of refusals)
      if (found === 0) findings.problem(path, refused)
      else findings.warning(`${renderPath(path)}: ${refused}`)
  }
  checkRoom(check, streams)
}
