import { deribitHistory } from "./History.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../Venue.ts"
import { shareSubscriptions } from "../wire/SharedSubscriptions.ts"
import { withSettledFunding } from "../wire/SettledFunding.ts"
import { onHost, origin } from "../wire/Urls.ts"
import { deribitBackfill } from "./Backfill.ts"
import { deribitDepth } from "./Books.ts"
import { channelOf, makeDeribitCatalogue, offers, usualSpeed } from "./Channels.ts"
import { heartbeats } from "./Controls.ts"
import { makeDecoder } from "./Decoder.ts"
import { deribitProgress } from "./Progress.ts"
import { deribitInstruments } from "./Instruments.ts"

const command =
  (method: string) =>
  (streams: ReadonlyArray<Stream>, id: number): string =>
    JSON.stringify({
      jsonrpc: "2.0",
      id,
      method,
      params: { channels: [...new Set(streams.map(channelOf))] },
    })

/** Deribit version 2: spot, perpetuals, futures, options and indices on one connection, by JSON-RPC. */
export const makeDeribit = (): Venue => {
  const catalogue = makeDeribitCatalogue()
  const shared = shareSubscriptions(catalogue, channelOf)

  return withSettledFunding({
    name: "deribit",
    exchange: "deribit",
    wsEndpoint: "wss://www.deribit.com",
    restEndpoint: "https://www.deribit.com",
    limits: {
      // 500 channels a connection are documented; as many as one message may name.
      streamsPerConnection: 500,
      // 32 connections of an address at once are documented, and no rate.
      connectAttempts: { limit: 32, windowMillis: 60_000 },
      // 200 a second are documented.
      messages: { limit: 20, windowMillis: 1000 },
      // 3000 credits each, of 30,000 that come back at 10,000 a second.
      subscribeMessages: { limit: 3, windowMillis: 1000 },
      streamsPerMessage: 200,
      messageBytes: 60_000,
      // 500 credits each, of 50,000 that come back at 10,000 a second.
      restWeight: { limit: 20, windowMillis: 1000 },
      connectionLifeMillis: 86_400_000,
    },
    offers,
    instrument: catalogue.instrument,
    instruments: deribitInstruments,
    forget: shared.forget,
    stream: shared.stream,
    streamOfWire: shared.streamOfWire,
    connectUrl: (wsEndpoint) => `${origin(wsEndpoint)}/ws/api/v2`,
    subscribe: command("public/subscribe"),
    unsubscribe: command("public/unsubscribe"),
    subscriptionOf: channelOf,
    greetings: [heartbeats],
    decode: makeDecoder(catalogue, (channel) => shared.carriedBy(usualSpeed(channel))),
    depth: deribitDepth,
    backfill: deribitBackfill,
    progress: deribitProgress,
    history: deribitHistory,
    owns: onHost(["www.deribit.com", "streams.deribit.com", "history.deribit.com"]),
    recordedRest: () => ({ kind: "other" }),
  })
}
