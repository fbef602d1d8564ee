import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../Venue.ts"
import { bybitHistory } from "./History.ts"
import { shareSubscriptions } from "../wire/SharedSubscriptions.ts"
import { withSettledFunding } from "../wire/SettledFunding.ts"
import { onHost, origin } from "../wire/Urls.ts"
import { bybitBackfill } from "./Backfill.ts"
import { bybitDepth } from "./Books.ts"
import { makeDecoder } from "./Decoder.ts"
import { bybitProgress } from "./Progress.ts"
import { bybitInstruments } from "./Instruments.ts"
import { isCategory } from "./Names.ts"
import { bybitPolls } from "./Polls.ts"
import { makeBybitCatalogue, offers, subscriptionOf, topicOf } from "./Topics.ts"

const command = (op: "subscribe" | "unsubscribe") => (streams: ReadonlyArray<Stream>, id: number) =>
  JSON.stringify({ req_id: String(id), op, args: [...new Set(streams.map(topicOf))] })

const routePath = /\/v5\/public\/([a-z]+)$/

/** Bybit version 5: spot, linear and inverse contracts on one venue, a route each. */
export const makeBybit = (): Venue => {
  const catalogue = makeBybitCatalogue()
  const shared = shareSubscriptions(catalogue, subscriptionOf)

  return withSettledFunding({
    name: "bybit",
    exchange: "bybit",
    wsEndpoint: "wss://stream.bybit.com",
    restEndpoint: "https://api.bybit.com",
    limits: {
      // The topics of a connection may take 21,000 characters: so many of forty.
      streamsPerConnection: 500,
      connectAttempts: { limit: 500, windowMillis: 300_000 },
      // No number is documented.
      messages: { limit: 20, windowMillis: 1000 },
      // Spot takes no more; contracts would.
      streamsPerMessage: 10,
      restWeight: { limit: 600, windowMillis: 5000 },
      // Forbidden for ten minutes.
      restBanStatuses: [403],
      // No age is documented at which it cuts: a new connection a day costs nothing.
      connectionLifeMillis: 86_400_000,
    },
    offers,
    instrument: catalogue.instrument,
    instruments: bybitInstruments,
    forget: shared.forget,
    stream: shared.stream,
    streamOfWire: shared.streamOfWire,
    connectUrl: (wsEndpoint, route) => `${origin(wsEndpoint)}/v5/public/${route}`,
    routeOf: (url) => {
      const route = URL.canParse(url) ? routePath.exec(new URL(url).pathname)?.[1] : undefined
      return route !== undefined && isCategory(route) ? route : undefined
    },
    subscribe: command("subscribe"),
    unsubscribe: command("unsubscribe"),
    subscriptionOf,
    // It cuts a connection on which nothing has come for ten minutes, and recommends so much.
    keepAlive: { text: '{"op":"ping"}', everyMillis: 20_000 },
    decode: makeDecoder(catalogue, shared.carriedBy),
    depth: bybitDepth,
    backfill: bybitBackfill,
    polls: bybitPolls,
    progress: bybitProgress,
    history: bybitHistory,
    owns: onHost(["stream.bybit.com", "api.bybit.com", "api.bytick.com"]),
    recordedRest: () => ({ kind: "other" }),
  })
}
