import type { Stream } from "../../domain/Stream.ts"
import type { Venue } from "../Venue.ts"
import { okxHistory } from "./History.ts"
import { shareSubscriptions } from "../wire/SharedSubscriptions.ts"
import { withSettledFunding } from "../wire/SettledFunding.ts"
import { onHost, origin } from "../wire/Urls.ts"
import { okxBackfill } from "./Backfill.ts"
import { okxDepth } from "./Books.ts"
import { argumentKey, argumentOf, makeOkxCatalogue, offers } from "./Channels.ts"
import { makeDecoder } from "./Decoder.ts"
import { okxProgress } from "./Progress.ts"
import { okxInstruments } from "./Instruments.ts"
import { okxPolls } from "./Polls.ts"

const command = (op: "subscribe" | "unsubscribe") => (streams: ReadonlyArray<Stream>) => {
  const args = new Map(
    streams.map((stream) => {
      const argument = argumentOf(stream)
      return [argumentKey(argument), argument]
    }),
  )
  return JSON.stringify({ op, args: [...args.values()] })
}

/** OKX version 5: spot, swaps, futures and options on one venue, two routes. */
export const makeOkx = (): Venue => {
  const catalogue = makeOkxCatalogue()
  const shared = shareSubscriptions(catalogue, (stream) => argumentKey(argumentOf(stream)))

  return withSettledFunding({
    name: "okx",
    exchange: "okx",
    wsEndpoint: "wss://ws.okx.com:8443",
    restEndpoint: "https://www.okx.com",
    limits: {
      // No number is documented; what a connection can be told in its messages bounds it.
      streamsPerConnection: 500,
      // Three a second are documented: of attempts a second apart, one that was held up arrives beside the next.
      connectAttempts: { limit: 2, windowMillis: 1000 },
      messages: { limit: 4, windowMillis: 1000 },
      subscribeMessages: { limit: 480, windowMillis: 3_600_000 },
      streamsPerMessage: 200,
      messageBytes: 60_000,
      // Each endpoint has a limit of its own; the least of those we use is 20 in two seconds.
      restWeight: { limit: 20, windowMillis: 2000 },
      connectionLifeMillis: 86_400_000,
    },
    offers,
    instrument: catalogue.instrument,
    instruments: okxInstruments,
    forget: shared.forget,
    stream: shared.stream,
    streamOfWire: shared.streamOfWire,
    connectUrl: (wsEndpoint, route) => `${origin(wsEndpoint)}/ws/v5/${route}`,
    subscribe: command("subscribe"),
    unsubscribe: command("unsubscribe"),
    subscriptionOf: (each) => argumentKey(argumentOf(each)),
    // It cuts a connection on which nothing has come for 30 seconds.
    keepAlive: { text: "ping", everyMillis: 20_000 },
    decode: makeDecoder(catalogue, shared.carriedBy),
    depth: okxDepth,
    backfill: okxBackfill,
    polls: okxPolls,
    progress: okxProgress,
    history: okxHistory,
    owns: onHost(["ws.okx.com", "wsaws.okx.com", "www.okx.com"]),
    recordedRest: () => ({ kind: "other" }),
  })
}
