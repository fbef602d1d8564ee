import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Sqlite from "../../layers/continuity-history/Sqlite.ts"
import { ContinuityHistory } from "../../services/ContinuityHistory.ts"
import { parseRecord } from "../../src/domain/Record.ts"
import { ContinuityView } from "../../src/edge/continuity/ViewSchema.ts"
import { makeSimulator, type Simulator } from "../../src/simulator/index.ts"
import { limits } from "../support/continuity.ts"
import { allLive, recordFiles, statusWhen } from "../support/instance.ts"
import { eventually, request, runOneVenue, startProgram, temporaryFolder } from "../support/process.ts"

const hour = 3_600_000

const collector = (cwd: string, simulator: Simulator["Service"]) =>
  startProgram(runOneVenue, {
    cwd,
    env: {
      MILLRACE_SERVER__PORT: "0",
      MILLRACE_EXCHANGES__BINANCE__SYMBOLS: '["BTC-USDT","ETH-USDT"]',
      MILLRACE_EXCHANGES__BINANCE__DATA_TYPES: '["trade","bbo"]',
      MILLRACE_EXCHANGES__BINANCE__WS_ENDPOINT: simulator.venue("binance").wsEndpoint,
      MILLRACE_EXCHANGES__BINANCE__REST_ENDPOINT: simulator.venue("binance").restEndpoint,
    },
  })

const decode = Schema.decodeUnknownEffect(ContinuityView)

const continuityOf = (api: string) =>
  Effect.flatMap(request(`${api}/api/v1/continuity?dataType=trade&limit=10000`), ({ text }) =>
    decode(JSON.parse(text)),
  )

const stop = Effect.fnUntraced(function* (program: Effect.Success<ReturnType<typeof collector>>) {
  yield* program.kill("SIGTERM")
  const { code } = yield* program.ended
  assert.strictEqual(code, 0, program.stderr())
})

/** What a closed history says of the trades of both streams. */
const heldIn = (path: string) =>
  Effect.gen(function* () {
    const history = yield* ContinuityHistory
    const now = Date.now()
    return yield* history.read({ from: now - hour, to: now + hour, dataType: "trade", limit: 10_000 })
  }).pipe(Effect.provide(Sqlite.layer({ ...limits, path }).pipe(Layer.provide(NodeServices.layer))))

/** The trades of a symbol in the files, by where they came from, and the ids of its gaps. */
const inFiles = (cwd: string, symbol: string) => {
  const count = { stream: 0, rest: 0, gaps: new Set<string>() }
  for (const [name, lines] of recordFiles(join(cwd, "data/records"))) {
    if (!name.includes(`/${symbol}/`)) continue
    for (const record of lines.map(parseRecord)) {
      if (record.type === "trade" && record.source !== "replay") count[record.source]++
      if (record.type === "gap" && record.data.channel === "trade") count.gaps.add(record.id)
    }
  }
  return count
}

describe("the continuity of a running millrace", { timeout: 180_000 }, () => {
  it.live("is what stands in the files, over a restart too, and the page shows it", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const simulator = yield* makeSimulator({
        symbols: ["BTC-USDT", "ETH-USDT"],
        rate: 400,
        venues: ["binance"],
        faults: "drop:4@btcusdt@trade/every=80,duplicate@ethusdt@trade/every=50",
      })
      for (let life = 0; life < 2; life++) {
        const program = yield* collector(cwd, simulator)
        const api = yield* program.api
        yield* statusWhen(api, "all is live", allLive)
        const gaps = life === 0 ? 0 : 1
        const view = yield* eventually(
          "gaps were found and repaired",
          Effect.map(continuityOf(api), (seen) => {
            const [btc, eth] = seen.streams
            const repaired = seen.gaps.filter(
              ({ repair, stream }) => repair === "complete" && stream === btc?.key,
            )
            return repaired.length > 2 + 3 * life && (eth?.duplicates ?? 0) > 0 && eth!.gaps >= gaps
              ? seen
              : undefined
          }),
        )
        assert.deepStrictEqual(
          view.streams.map(({ key }) => key),
          ["binance:trade:BTC-USDT", "binance:trade:ETH-USDT"],
        )
        const page = yield* request(`${api}/continuity?dataType=trade`)
        assert.match(page.contentType, /^text\/html/)
        for (const { stream } of view.gaps) assert.include(page.text, `<th scope="row">${stream}</th>`)
        assert.include(page.text, `<b>ETH-USDT</b>`)
        yield* stop(program)
        assert.isTrue(existsSync(join(cwd, "data/continuity.db")), "beside the journal")
        const held = yield* heldIn(join(cwd, "data/continuity.db"))
        for (const stream of held.streams) {
          const files = inFiles(cwd, stream.symbol)
          assert.deepStrictEqual(
            { received: stream.received, repaired: stream.repaired, gaps: stream.gaps },
            { received: files.stream, repaired: files.rest, gaps: files.gaps.size },
            `${stream.key} after life ${life}`,
          )
        }
        if (life === 1)
          // What was missed while it was down is one more gap, of the stream that lost nothing else.
          assert.isTrue(
            held.gaps.some(({ cause, stream }) => cause === "restart" && stream.endsWith("ETH-USDT")),
          )
      }
    }),
  )
})
