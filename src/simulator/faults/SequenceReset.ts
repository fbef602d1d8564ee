import type { Exchange } from "../server/Exchange.ts"
import type { Delivery, RestReply, Victim } from "../server/Interference.ts"
import type { Count, Numbers } from "../venues/Numbering.ts"
import type { VenueName } from "../venues/Protocol.ts"
import type { FaultLog } from "./FaultLog.ts"
import { chance, episodeOf, placeOf, type Rule } from "./Rule.ts"

/** The numbers of everything after this moment count from 1 again, on streams and on REST alike. */
export interface SequenceReset {
  readonly deliver: (victim: Victim, messages: ReadonlyArray<Delivery>) => ReadonlyArray<Delivery>
  /** What is told of a stream otherwise than by it. */
  readonly tell: (venue: VenueName, stream: string, text: string) => string
  /** What a client asks for by a number, in the market's numbers. */
  readonly request: (venue: VenueName, url: string) => string
  readonly answer: (venue: VenueName, url: string, reply: RestReply) => RestReply
}

export type Exchanges = (venue: VenueName) => Exchange | undefined

/** For a request line that is no URL. */
const nowhere = new URL("http://localhost/")

export const makeSequenceReset = (options: {
  readonly rule: Rule
  readonly log: FaultLog
  readonly now: () => number
  readonly exchanges: Exchanges
}): SequenceReset => {
  const { exchanges, log, now, rule } = options
  const { fault } = rule
  /** The number that became 1, by venue, instrument and count. */
  const firstIds = new Map<string, number>()
  const decided = new Map<VenueName, number>()
  /** The resets that each stream of a connection has seen, where the venue says something of its own to begin. */
  const begun = new WeakMap<Victim, Map<string, number>>()
  const keyOf = (venue: VenueName, native: string, { name }: Count) => `${venue} ${native} ${name}`

  const reset = (venue: VenueName, index: number, start: number): void => {
    const exchange = exchanges(venue)
    for (const [native, symbol] of exchange?.symbols ?? []) {
      if (!chance(rule, placeOf(venue, index), native)) continue
      for (const count of exchange?.protocol.numbering?.counts ?? []) {
        const streams = count.streams(native)
        if (!streams.some(rule.matches)) continue
        const firstId = count.firstAfter(symbol, start)
        firstIds.set(keyOf(venue, native, count), firstId)
        log.add({
          kind: fault.kind,
          fault: rule.text,
          at: start,
          venue,
          ...(streams[0] === undefined ? {} : { stream: streams[0] }),
          messages: 0,
          firstId,
          detail: `${count.name} ids of ${native} count from 1 again; 1 is ${firstId}`,
        })
      }
    }
  }
  /** By time alone: whoever asks first after an episode began brings it about. */
  const update = (venue: VenueName): void => {
    if (!rule.concerns(venue)) return
    const episode = episodeOf(rule, now(), rule.origin)
    if (episode === undefined || decided.get(venue) === episode.index) return
    decided.set(venue, episode.index)
    if (fault.times !== undefined && episode.index >= fault.times) return
    reset(venue, episode.index, episode.start)
  }

  const rewrite = (
    venue: VenueName,
    native: string,
    numbers: ReadonlyArray<Numbers>,
    text: string,
  ): string => {
    let changed = text
    for (const { count, digits } of numbers) {
      const firstId = firstIds.get(keyOf(venue, native, count))
      if (firstId === undefined) continue
      const spans =
        count.whole === true && [...changed.matchAll(digits)].some(([id]) => Number(id) >= firstId)
      changed = changed.replace(digits, (found) => {
        const id = Number(found)
        return id >= firstId ? String(id - firstId + 1) : spans ? "1" : found
      })
    }
    return changed
  }

  /** The message that a connection gets in the place of a stream's first in a new count. */
  const beginning = (victim: Victim, stream: string, numbers: ReadonlyArray<Numbers>, text: string) => {
    const exchange = exchanges(victim.venue)!
    const begin = exchange.protocol.numbering?.begin
    const native = exchange.protocol.stream(stream)?.native ?? ""
    const symbol = exchange.symbols.get(native)
    const [numbered] = numbers
    if (begin === undefined || symbol === undefined || numbered === undefined) return text
    const firstId = firstIds.get(keyOf(victim.venue, native, numbered.count))
    const seen = begun.get(victim) ?? new Map<string, number>()
    begun.set(victim, seen)
    if (firstId === undefined || seen.get(stream) === firstId) return text
    if (![...text.matchAll(numbered.digits)].some(([id]) => Number(id) >= firstId)) return text
    seen.set(stream, firstId)
    return begin(symbol, stream, text) ?? text
  }

  const tell: SequenceReset["tell"] = (venue, stream, text) => {
    update(venue)
    const protocol = exchanges(venue)?.protocol
    const numbers = firstIds.size === 0 ? [] : (protocol?.numbering?.inStream(stream) ?? [])
    return numbers.length === 0 ? text : rewrite(venue, protocol!.stream(stream)?.native ?? "", numbers, text)
  }

  const partsOf = (venue: VenueName, url: string) => {
    const { pathname, searchParams } = URL.parse(url, "http://localhost") ?? nowhere
    return exchanges(venue)?.protocol.numbering?.inAnswer?.(pathname, searchParams)
  }

  return {
    deliver: (victim, messages) => {
      update(victim.venue)
      if (firstIds.size === 0) return messages
      const numbering = exchanges(victim.venue)?.protocol.numbering
      if (numbering === undefined) return messages
      return messages.map((message) => {
        if (message.madeUp === true) return message
        const first = beginning(victim, message.stream, numbering.inStream(message.stream), message.text)
        const text = tell(victim.venue, message.stream, first)
        return text === message.text ? message : { ...message, text }
      })
    },
    tell,
    request: (venue, url) => {
      update(venue)
      const parts = firstIds.size === 0 ? undefined : partsOf(venue, url)
      if (parts?.asked === undefined) return url
      const { asked, native } = parts
      const firstId = firstIds.get(keyOf(venue, native, asked.count))
      if (firstId === undefined) return url
      const pattern = new RegExp(`(?<=[?&](?:${asked.parameters.join("|")})=)\\d{1,16}(?=&|$)`, "g")
      // Ids before and after lie so far apart that an id says which of both it is.
      return url.replace(pattern, (id) => (Number(id) >= firstId / 2 ? id : String(Number(id) + firstId - 1)))
    },
    answer: (venue, url, reply) => {
      const parts = firstIds.size === 0 ? undefined : partsOf(venue, url)
      if (parts === undefined) return reply
      const body = rewrite(venue, parts.native, parts.numbers, reply.body)
      return body === reply.body ? reply : { ...reply, body }
    },
  }
}
