import { Effect, type Scope } from "effect"
import type { SimulatorConfig } from "../../services/SimulatorConfig.ts"
import { venues as makers } from "../exchanges/index.ts"
import { isRefusal } from "../exchanges/Venue.ts"
import type { VenueConfig } from "../exchanges/VenueConfig.ts"
import {
  listedPair,
  makeSimulator,
  type Simulator,
  type SimulatorError,
  venueNames,
} from "../simulator/index.ts"

type VenueConfigs = Readonly<Record<string, VenueConfig>>

const isSimulated = (name: string): name is (typeof venueNames)[number] =>
  venueNames.some((known) => known === name)

/** Venues whose endpoints nobody said, and that the simulator can play. */
const withoutEndpoints = (venues: VenueConfigs) =>
  Object.entries(venues).flatMap(([name, venue]) =>
    isSimulated(name) && venue.wsEndpoint === undefined && venue.restEndpoint === undefined
      ? [{ name, venue }]
      : [],
  )

/** The pairs that it has to trade, so that what is asked of the venues is listed. What a venue refuses by name is its own to say. */
const pairsOf = (played: ReturnType<typeof withoutEndpoints>): ReadonlyArray<string> => {
  const pairs = played.flatMap(({ name, venue }) => {
    const { instrument } = makers.get(name)!()
    return venue.symbols.flatMap((spelling) => {
      const found = instrument(spelling)
      return isRefusal(found) ? [] : [listedPair(name, found)]
    })
  })
  return [...new Set(pairs)]
}

/** Starts the simulator for the venues that have no endpoints of their own, and points them to it. */
export const simulated = Effect.fn("App.simulated")(function* (
  config: SimulatorConfig,
  venues: VenueConfigs,
): Effect.fn.Return<
  { readonly simulator: Simulator["Service"]; readonly venues: VenueConfigs } | undefined,
  SimulatorError,
  Scope.Scope
> {
  const played = withoutEndpoints(venues)
  if (played.length === 0) return undefined
  const symbols = config.symbols ?? pairsOf(played)
  const simulator = yield* makeSimulator({
    seed: config.seed,
    rate: config.rate,
    port: config.port,
    venues: played.map(({ name }) => name),
    ...(symbols.length === 0 ? {} : { symbols }),
  })
  const pointed = played.map(({ name, venue }) => {
    const { wsEndpoint, restEndpoint } = simulator.venue(name)
    return [name, { ...venue, wsEndpoint, restEndpoint }] as const
  })
  return { simulator, venues: { ...venues, ...Object.fromEntries(pointed) } }
})
