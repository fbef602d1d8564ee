import { Effect } from "effect"
import { eventually, temporaryFolder } from "../support/process.ts"
import { startHelper } from "./support/helper.ts"
import { Continuity, eachLine } from "./support/lines.ts"
import { startProduct } from "./support/product.ts"
import { mega, type Row, thousands } from "./support/table.ts"

/** `overload.memory`, as it is unless configured: what waiting frames and records may take in all. */
const boundBytes = 256 * 2 ** 20

const must = (holds: boolean, what: string) => (holds ? Effect.void : Effect.die(new Error(what)))

/**
 * A flood into stdout, whose reader stops for a while and then reads on. While it stands still, what was read waits in
 * bounded places and then the socket is paused; afterwards everything that the feed sent must come out, in order.
 */
export const slowConsumerBench = Effect.fnUntraced(function* (options: { readonly quick: boolean }) {
  const feed = yield* startHelper("feed")
  yield* feed.ask("pace", "flood")
  const port = yield* feed.ask<number>("port")
  const folder = yield* temporaryFolder
  const product = yield* startProduct({
    folder,
    // On the disk it would wait there, and the socket would never be paused.
    journal: "memory",
    sinks: "{ name: stdout, type: stdout }",
    wsEndpoint: `ws://127.0.0.1:${port}`,
    restEndpoint: `http://127.0.0.1:${port}`,
    symbols: ["ETHUSDT"],
    dataTypes: ["trade", "bbo", "depth"],
    deafStdout: true,
  })
  const paused = Effect.map(product.status, ({ venues }) =>
    venues.some(({ connections }) => connections.some(({ pauses }) => pauses > 0)) ? true : undefined,
  )
  yield* eventually("the socket is paused", paused, "1 minute")
  const first = (yield* product.usage).residentBytes
  let most = first
  let waiting = 0
  for (let second = 0; second < (options.quick ? 4 : 30); second++) {
    yield* Effect.sleep(1000)
    most = Math.max(most, (yield* product.usage).residentBytes)
    const journal = yield* product.metric("millrace_journal_size_bytes")
    waiting = Math.max(waiting, journal + (yield* product.metric("millrace_mailbox_size_bytes")))
  }
  const stalled = (yield* product.accounts).sinks[0]!

  const found = new Continuity()
  eachLine(product.program.process.stdout!, found.line)
  yield* Effect.sleep(options.quick ? 1000 : 5000)
  const sent = yield* feed.ask<number>("stop")
  const arrived = Effect.map(product.accounts, ({ frames, sinks }) =>
    frames.received - frames.control === sent && frames.inFlight === 0 && sinks[0]?.waiting === 0
      ? true
      : undefined,
  )
  yield* eventually(`all of ${sent} messages have come out`, arrived, "2 minutes")
  const { balanced, records, sinks } = yield* product.accounts
  yield* must(balanced, "the accounts do not balance")
  yield* product.stop
  // A snapshot, less the deltas that it contains.
  const expected = sent + 1 - (records.filtered["contained"] ?? 0)
  yield* must(found.breaks.length === 0, `not contiguous: ${found.breaks.slice(0, 3).join("; ")}`)
  yield* must(sinks[0]!.accepted === found.total, `${sinks[0]!.accepted} accepted, ${found.total} came out`)
  const row = (figure: string, value: string, rest: Partial<Row> = {}): Row => ({
    bench: "slow-consumer",
    figure,
    value,
    ...rest,
  })
  return [
    row("records that waited while the reader stood still", thousands(stalled.waiting)),
    row("bytes waiting in the journal and in mailboxes, at most", mega(waiting), {
      target: `≤ ${mega(boundBytes)}`,
    }),
    row("resident at most while the reader stood still", mega(most), {
      against: `${mega(first)} when the socket was first paused`,
      target: "flat",
    }),
    row("messages sent by the feed", thousands(sent)),
    row("records lost", String(expected - found.total), { target: "0" }),
  ]
}, Effect.scoped)
