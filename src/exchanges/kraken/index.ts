import { krakenHistory } from "./History.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../Venue.ts"
import { onHost, origin } from "../wire/Urls.ts"
import { krakenDepth } from "./Books.ts"
import { channelOf, makeKrakenCatalogue, offers, subscriptionOf } from "./Channels.ts"
import { makeDecoder } from "./Decoder.ts"
import { krakenProgress } from "./Progress.ts"
import { krakenInstruments } from "./Instruments.ts"

/** Streams of one message are of one channel: `messageGroup`. */
const command =
  (event: "subscribe" | "unsubscribe") =>
  (streams: ReadonlyArray<Stream>, id: number): string =>
    JSON.stringify({
      event,
      reqid: id,
      pair: streams.map(({ instrument }) => instrument.native),
      subscription: subscriptionOf(channelOf(streams[0]!)),
    })

/**
 * Kraken's spot, version 1 of its WebSocket API: what was recorded, and of which every checksum verifies. Version 2
 * (`wss://ws.kraken.com/v2`) has ids of trades and sends prices and volumes as bare numbers; no message of it was
 * recorded, and its checksum needs the decimals of each pair from a catalogue besides, so it is not spoken. Kraken's
 * futures are another API.
 */
export const makeKraken = (): Venue => {
  const catalogue = makeKrakenCatalogue()
  return {
    name: "kraken",
    exchange: "kraken",
    wsEndpoint: "wss://ws.kraken.com",
    restEndpoint: "https://api.kraken.com",
    limits: {
      // Neither streams nor messages have a documented limit for public data: what a whole book of each costs bounds it.
      streamsPerConnection: 200,
      // About 150 in ten minutes from an address, and as long a ban beyond.
      connectAttempts: { limit: 100, windowMillis: 600_000 },
      messages: { limit: 5, windowMillis: 1000 },
      streamsPerMessage: 50,
      // One call a second is what its public endpoints bear; nothing is asked of them.
      restWeight: { limit: 1, windowMillis: 1000 },
      connectionLifeMillis: 86_400_000,
    },
    offers,
    instrument: catalogue.instrument,
    instruments: krakenInstruments,
    forget: catalogue.forget,
    stream: catalogue.stream,
    streamOfWire: catalogue.find,
    connectUrl: (wsEndpoint) => `${origin(wsEndpoint)}/`,
    subscribe: command("subscribe"),
    unsubscribe: command("unsubscribe"),
    messageGroup: channelOf,
    // It cuts a connection without a subscription after a minute; while there are some, it sends heartbeats by itself.
    keepAlive: { text: '{"event":"ping"}', everyMillis: 30_000 },
    decode: makeDecoder(catalogue),
    depth: krakenDepth,
    history: krakenHistory,
    progress: krakenProgress,
    owns: onHost(["ws.kraken.com", "api.kraken.com"]),
    recordedRest: () => ({ kind: "other" }),
  }
}
