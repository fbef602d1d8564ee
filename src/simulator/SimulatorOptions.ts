import { Effect, Result } from "effect"
import type { FaultSchedule } from "./faults/Fault.ts"
import { readSchedule } from "./faults/FaultText.ts"
import { venueObjection } from "./faults/FaultVenues.ts"
import { highestRate } from "./market/Activity.ts"
import { listingsOf, symbolsOf } from "./market/Listing.ts"
import type { Interference } from "./server/Interference.ts"
import type { SlowReader } from "./server/Session.ts"
import { SimulatorError } from "./server/SimulatorError.ts"
import { protocols, usualVenues, venueNames } from "./venues/index.ts"
import type { Limits, VenueName } from "./venues/Protocol.ts"

export interface SimulatorOptions {
  /** Another seed is another market. Default 1. */
  readonly seed?: number
  /** Pairs in any spelling, or how many. Default 20. */
  readonly symbols?: ReadonlyArray<string> | number
  /**
   * About how many messages per second a subscriber gets of one venue whole, that is of the trade, bookTicker,
   * depth@100ms, kline_1m and ticker streams of all its symbols together. The rate shapes the market itself: with
   * another one, or with more symbols, the same seed has other trades. Default 1000.
   */
  readonly rate?: number
  /** Default Binance spot and USD-M. */
  readonly venues?: ReadonlyArray<VenueName>
  /** Default 127.0.0.1. */
  readonly host?: string
  /** The first venue's port, the next one's is one above. Default 0: any free port for each. */
  readonly port?: number
  /**
   * `clock`: the market's time is the clock's. `flood`: it runs as fast as the slowest subscriber takes it, beginning
   * at the clock's time, and stands still while nobody is subscribed. Default `clock`.
   */
  readonly pace?: "clock" | "flood"
  /** Market time at the start, milliseconds since the epoch, instead of the clock's. */
  readonly startAt?: number
  /** In place of the venues' own. */
  readonly limits?: Partial<Limits>
  /** Default: cut at 16 MiB. A flood always waits, by default at 1 MiB. */
  readonly slowReader?: SlowReader
  /** How many payloads to remember of each stream of each connection. Default 0. */
  readonly keepSent?: number
  /**
   * What goes wrong, as data or as text (`disconnect@5s,drop:3@btcusdt@trade/every=1000`). The seed decides what
   * chance would, and the market and its truth stay what they are. Default: nothing.
   */
  readonly faults?: string | FaultSchedule
  /** How many strikes of faults to remember. Default 100,000. */
  readonly keepFaults?: number
  /** Faults of your own; those of the schedule come after them. */
  readonly interference?: Interference
}

/** Options with every default filled in. */
export interface Settings extends Required<Omit<SimulatorOptions, "faults" | "startAt" | "symbols">> {
  readonly symbols: ReadonlyArray<string>
  readonly faults: FaultSchedule
  readonly startAt: number | undefined
}

const wrong = (detail: string) => new SimulatorError({ reason: "options", detail })

const problemOf = ({ port, rate, symbols, venues }: Settings): string | undefined => {
  if (symbols.length === 0) return "no symbols: name at least one, or say how many"
  if (venues.length === 0) return `no venues: name one of ${venueNames.join(", ")}`
  const unknown = venues.find((venue) => !venueNames.includes(venue))
  if (unknown !== undefined) return `unknown venue "${unknown}"; it can be one of ${venueNames.join(", ")}`
  if (new Set(venues).size < venues.length) return "a venue is named twice"
  if (!Number.isInteger(port) || port < 0 || port + venues.length - 1 > 65_535)
    return `port ${port} is not between 0 and ${65_536 - venues.length}`
  if (!(rate > 0 && rate <= highestRate * symbols.length))
    return `rate ${rate} is not above 0 and at most ${highestRate} messages per second for each symbol, ${highestRate * symbols.length} for all`
  for (const venue of venues) {
    const bad = symbols.find((symbol) => listingsOf(symbol, protocols.get(venue)!.style).length === 0)
    if (bad !== undefined)
      return `cannot list "${bad}": write a pair of A-Z and 0-9 with its mark (ABC/XYZ) or with a known quote currency (ABCUSDT)`
  }
  return undefined
}

/** A schedule for these venues as text or as data, checked. */
export const scheduleOf = (
  faults: string | FaultSchedule,
  venues: ReadonlyArray<VenueName>,
): Effect.Effect<FaultSchedule, SimulatorError> =>
  Result.match(readSchedule(faults), {
    onFailure: (error) => Effect.fail(wrong(error.message)),
    onSuccess: (schedule) => {
      const objection = schedule
        .map((fault) => venueObjection(fault, venues))
        .find((each) => each !== undefined)
      return objection === undefined ? Effect.succeed(schedule) : Effect.fail(wrong(objection))
    },
  })

export const resolveOptions = Effect.fnUntraced(function* (
  options: SimulatorOptions,
): Effect.fn.Return<Settings, SimulatorError> {
  const { symbols = 20, pace = "clock" } = options
  const settings: Settings = {
    seed: options.seed ?? 1,
    symbols: typeof symbols === "number" ? symbolsOf(symbols) : symbols,
    rate: options.rate ?? 1000,
    venues: options.venues ?? usualVenues,
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 0,
    pace,
    startAt: options.startAt,
    limits: options.limits ?? {},
    slowReader: {
      policy: pace === "flood" ? "wait" : (options.slowReader?.policy ?? "disconnect"),
      bytes: options.slowReader?.bytes ?? (pace === "flood" ? 1024 * 1024 : 16 * 1024 * 1024),
    },
    keepSent: options.keepSent ?? 0,
    faults: [],
    keepFaults: options.keepFaults ?? 100_000,
    interference: options.interference ?? {},
  }
  const problem = problemOf(settings)
  if (problem !== undefined) return yield* wrong(problem)
  return { ...settings, faults: yield* scheduleOf(options.faults ?? [], settings.venues) }
})
