import { describe, expect, it } from "@effect/vitest"
import type { Output } from "../../../../src/domain/Decoded.ts"
import { venues } from "../../../../src/exchanges/index.ts"
import { isRefusal } from "../../../../src/exchanges/Venue.ts"
import { type GarbageKind, garbageKinds } from "../../../../src/simulator/index.ts"
import { garbageLike } from "../../../../src/simulator/faults/Garbage.ts"
import { makeExchange } from "../../../../src/simulator/server/Exchange.ts"
import { bytesOf } from "../../../../src/simulator/server/Frames.ts"
import type { Delivery } from "../../../../src/simulator/server/Interference.ts"
import { protocols } from "../../../../src/simulator/venues/index.ts"
import { ask, decodeFrame } from "../../../contract/venue/Support.ts"
import { everyVenue } from "../../../support/everyVenue.ts"
import { random, runSeed, someTime } from "../support/markets.ts"

/** What a decoder makes of frames, its streams asked for before. */
const worldOf = (
  name: string,
  asked: { symbols: ReadonlyArray<string>; dataTypes: ReadonlyArray<string> },
) => {
  const protocol = protocols.get(name)!
  const venue = venues.get(name)!()
  const exchange = makeExchange(protocol, {
    seed: runSeed,
    symbols: ["BTC-USDT"],
    rate: 200,
    limits: protocol.limits,
  })
  const streams = asked.symbols
    .flatMap((symbol) => asked.dataTypes.map((dataType) => ask(venue, { symbol, dataType })))
    .flatMap((stream) => (isRefusal(stream) ? [] : [stream]))
  const decode = ({ form, stream, text }: Delivery, route: string): Output => {
    const whole = form === undefined ? protocol.wrap(stream, text) : text
    const isBinary = protocol.binary !== undefined && form !== "binary" && form !== "bytes"
    return decodeFrame(
      venue,
      isBinary ? protocol.binary(whole) : Buffer.from(whole, "latin1"),
      undefined,
      route,
    )
  }
  const from = someTime()
  const messages = streams.flatMap((stream) => {
    const { route, wire } = stream
    const feed = exchange.feed(wire)
    if (feed === undefined) return []
    const payloads = [...(feed.opening?.(from) ?? []), ...feed.between(from, from + 10_000)].slice(0, 4)
    return payloads.map((text) => ({ route, stream: wire, text: bytesOf(text) }))
  })
  return { protocol, decode, messages }
}

const kinds = garbageKinds.filter((each): each is GarbageKind => each !== "frame" && each !== "nested")

describe(`garbage (seed ${runSeed})`, () => {
  for (const [name, asked] of Object.entries(everyVenue()))
    it(`is no record to the decoder of ${name}, whatever message it is like`, () => {
      const { decode, messages, protocol } = worldOf(name, asked)
      expect(messages.length).toBeGreaterThan(5)
      const taken = new Set<string>()
      for (const like of messages) {
        expect(decode(like, like.route).records.length, like.text.slice(0, 300)).toBeGreaterThan(0)
        for (const kind of kinds)
          for (let i = 0; i < 5; i++) {
            const seed = random(1e9)
            const made = garbageLike(like, kind, seed, protocol)
            expect(garbageLike(like, kind, seed, protocol)).toEqual(made)
            const { controls, records, rejects } = decode(made, like.route)
            if (records.length > 0 || rejects.length + controls.length !== 1)
              taken.add(
                `${kind}: ${records.length} records, ${rejects.length} rejects, ${controls.length} controls of ${made.text.slice(0, 150)} … ${made.text.slice(-150)}`,
              )
          }
      }
      expect([...taken]).toEqual([])
    })
})
