import { coinbaseHistory } from "./History.ts"
import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../Venue.ts"
import { onHost, origin } from "../wire/Urls.ts"
import { coinbaseBackfill } from "./Backfill.ts"
import { coinbaseDepth } from "./Books.ts"
import { channelOf, makeCoinbaseCatalogue, offers } from "./Channels.ts"
import { makeDecoder } from "./Decoder.ts"
import { coinbaseProgress } from "./Progress.ts"
import { coinbaseInstruments } from "./Instruments.ts"
import { coinbasePolls } from "./Polls.ts"

/** Streams of one message are of one channel: what it names are all products of all channels. */
const command =
  (type: "subscribe" | "unsubscribe") =>
  (streams: ReadonlyArray<Stream>): string =>
    JSON.stringify({
      type,
      product_ids: streams.map(({ instrument }) => instrument.native),
      channels: [channelOf(streams[0]!)],
    })

/**
 * Coinbase's spot by the feed of Coinbase Exchange, formerly Coinbase Pro: what was recorded, and is still there under
 * another host. Its newer sibling, Advanced Trade (`wss://advanced-trade-ws.coinbase.com`), numbers every message of a
 * connection; none of its messages was recorded, so it is not spoken.
 */
export const makeCoinbase = (): Venue => {
  const catalogue = makeCoinbaseCatalogue()
  return {
    name: "coinbase",
    exchange: "coinbase",
    wsEndpoint: "wss://ws-feed.exchange.coinbase.com",
    restEndpoint: "https://api.exchange.coinbase.com",
    limits: {
      // No number is documented; what all books of a connection cost bounds it.
      streamsPerConnection: 100,
      // Eight a second from an address, and 100 messages a second on a connection.
      connectAttempts: { limit: 4, windowMillis: 1000 },
      messages: { limit: 10, windowMillis: 1000 },
      streamsPerMessage: 50,
      // Ten requests a second from an address.
      restWeight: { limit: 8, windowMillis: 1000 },
      connectionLifeMillis: 86_400_000,
    },
    offers,
    instrument: catalogue.instrument,
    instruments: coinbaseInstruments,
    forget: catalogue.forget,
    stream: catalogue.stream,
    streamOfWire: catalogue.find,
    connectUrl: (wsEndpoint) => `${origin(wsEndpoint)}/`,
    subscribe: command("subscribe"),
    unsubscribe: command("unsubscribe"),
    messageGroup: channelOf,
    decode: makeDecoder(catalogue),
    depth: coinbaseDepth,
    backfill: coinbaseBackfill,
    polls: coinbasePolls,
    progress: coinbaseProgress,
    history: coinbaseHistory,
    owns: onHost([
      "ws-feed.exchange.coinbase.com",
      "ws-feed.pro.coinbase.com",
      "api.exchange.coinbase.com",
      "api.pro.coinbase.com",
    ]),
    recordedRest: () => ({ kind: "other" }),
  }
}
