import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import {
  allLive,
  closingLine,
  linesIn,
  recordFiles,
  statsOf,
  statusWhen,
  streamsOf,
  unreadyReasons,
  wellFormed,
  wholeAndOnce,
} from "../support/instance.ts"
import { eventually, freePort, runOneVenue, startProgram, temporaryFolder } from "../support/process.ts"

const symbols = ["BTC-USDT", "ETH-USDT"]

const exchange = (cwd: string, port: number) =>
  Effect.gen(function* () {
    const program = yield* startProgram(["simulate", "--port", String(port), "--rate", "2000"], { cwd })
    yield* program.says(/^simulating binance/)
    return program
  })

const collector = (cwd: string, port: number, restPort = port) =>
  startProgram(runOneVenue, {
    cwd,
    env: {
      MILLRACE_SERVER__PORT: "0",
      MILLRACE_EXCHANGES__BINANCE__SYMBOLS: JSON.stringify(symbols),
      MILLRACE_EXCHANGES__BINANCE__WS_ENDPOINT: `ws://127.0.0.1:${port}`,
      MILLRACE_EXCHANGES__BINANCE__REST_ENDPOINT: `http://127.0.0.1:${restPort}`,
      MILLRACE_EXCHANGES__BINANCE__CONNECTIONS__RECONNECT_DELAY: "200 millis",
      MILLRACE_EXCHANGES__BINANCE__CONNECTIONS__MAX_RECONNECT_DELAY: "1 second",
    },
  })

describe("millrace run", { concurrent: true, timeout: 180_000 }, () => {
  it.live("comes back to an exchange that went away, with all its streams and joined books", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const port = yield* freePort
      const first = yield* exchange(cwd, port)
      const program = yield* collector(cwd, port)
      const api = yield* program.api
      const before = yield* statusWhen(api, "all is live", allLive)
      assert.strictEqual(streamsOf(before).length, 10)
      assert.strictEqual(streamsOf(before).filter(({ joined }) => joined === true).length, 2)

      yield* first.kill("SIGKILL")
      yield* first.ended
      const reasons = yield* eventually(
        "it says why it is not ready",
        Effect.map(unreadyReasons(api), (all) =>
          all[0]?.includes("ECONNREFUSED") === true ? all : undefined,
        ),
      )
      assert.match(
        reasons[0]!,
        /^venue binance: 10 of 10 streams are not acknowledged, the first is btcusdt@trade \(.*ECONNREFUSED/,
      )
      const away = yield* statusWhen(api, "the connection waits", ({ venues }) =>
        venues[0]!.connections.every(({ state }) => state !== "open"),
      )
      const connection = away.actors.find(({ path }) => path.endsWith("/connections/1"))!
      assert.deepStrictEqual([connection.state, connection.restarts], ["degraded", 0])

      yield* exchange(cwd, port)
      const after = yield* statusWhen(
        api,
        "every stream delivers again",
        (status) =>
          allLive(status) &&
          streamsOf(status).every(
            ({ key, records }) => records > streamsOf(away).find((each) => each.key === key)!.records,
          ),
      )
      const [seen] = after.venues[0]!.connections
      assert.strictEqual(seen!.reconnects, 1)
      assert.isAtLeast(seen!.failures, 2)
      const { connections } = yield* statsOf(api)
      assert.deepStrictEqual(
        { active: connections.active, reconnects: connections.reconnects },
        { active: 1, reconnects: 1 },
      )
      assert.strictEqual(connections.total, 2)
      assert.strictEqual(connections.failures, seen!.failures)
      assert.isTrue(after.accounts.balanced)

      yield* program.kill("SIGTERM")
      assert.strictEqual((yield* program.ended).code, 0)
      wellFormed(program)
      const said = program.log().filter(({ message }) => message.startsWith("disconnected: "))
      assert.isAtLeast(said.length, 1)
      for (const line of said) assert.strictEqual(line["connection"], "binance/connections/1")
      const files = recordFiles(join(cwd, "data/records"))
      wholeAndOnce(files)
      assert.strictEqual(linesIn(files), closingLine(program).accepted)
    }),
  )

  it.live("waits for an exchange that is not there yet, and says so", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const port = yield* freePort
      const program = yield* collector(cwd, port)
      const api = yield* program.api
      const reasons = yield* eventually(
        "it says why it is not ready",
        Effect.map(unreadyReasons(api), (all) =>
          all[0]?.includes("ECONNREFUSED") === true ? all : undefined,
        ),
      )
      assert.strictEqual(reasons.length, 1)
      const status = yield* statusWhen(api, "it has tried three times", ({ venues }) =>
        venues[0]!.connections.every(({ failures }) => failures >= 3),
      )
      assert.deepStrictEqual(
        status.actors.filter(({ restarts }) => restarts > 0),
        [],
      )
      yield* exchange(cwd, port)
      yield* statusWhen(api, "all is live", allLive)
      assert.deepStrictEqual(yield* unreadyReasons(api), [])
    }),
  )

  it.live("is stopped at once while the exchange is away", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const program = yield* collector(cwd, yield* freePort)
      yield* program.says(/^disconnected: /)
      yield* program.kill("SIGTERM")
      assert.deepStrictEqual(yield* program.ended, { code: 0, signal: null })
      assert.strictEqual(closingLine(program).accepted, 0)
      assert.notInclude(program.stderr(), "not stopped within")
    }),
  )

  it.live("collects all but the books while only the REST API is away, says so, and then joins them", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const [port, restPort] = [yield* freePort, yield* freePort]
      yield* exchange(cwd, port)
      const program = yield* collector(cwd, port, restPort)
      const api = yield* program.api
      const reasons = yield* eventually(
        "it says that the books are missing",
        Effect.map(unreadyReasons(api), (all) =>
          all[0]?.includes("no snapshot") === true ? all : undefined,
        ),
      )
      assert.strictEqual(reasons.length, 1)
      assert.match(
        reasons[0]!,
        /^venue binance: (a book has|2 books have) no snapshot, the first is \w+@depth@100ms \(.*127\.0\.0\.1:\d+/,
      )
      yield* statusWhen(api, "the others deliver", (status) =>
        streamsOf(status).every(({ joined, records }) => joined === false || records > 0),
      )
      // The market is a function of seed and time: another simulator answers for the same exchange.
      yield* exchange(cwd, restPort)
      const joined = yield* statusWhen(api, "books are joined", allLive)
      assert.isTrue(joined.accounts.balanced)
      assert.deepStrictEqual(joined.accounts.records.dropped, {})
    }),
  )
})
