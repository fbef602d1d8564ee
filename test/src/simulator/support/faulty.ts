import { Effect, type Scope } from "effect"
import { makeSimulator, type SimulatorError, type SimulatorOptions } from "../../../../src/simulator/index.ts"
import { type Client, connect, until } from "./client.ts"
import { runSeed } from "./markets.ts"

/** A simulator of one symbol with a busy market, whose memory holds everything that a test sends. */
export const faulty = (faults: SimulatorOptions["faults"] = [], options: SimulatorOptions = {}) =>
  makeSimulator({
    seed: runSeed,
    symbols: ["BTC-USDT"],
    venues: ["binance"],
    rate: 4000,
    keepSent: 100_000,
    ...(faults === undefined ? {} : { faults }),
    limits: { messagesPerSecond: 1000 },
    ...options,
  })

export type Faulty = Effect.Success<ReturnType<typeof faulty>>

/** A client of streams of BTC-USDT. */
export const clientOf = (
  simulator: Faulty,
  ...words: ReadonlyArray<string>
): Effect.Effect<Client, number, Scope.Scope> =>
  connect(
    `${simulator.venue("binance").wsEndpoint}/stream?streams=${words.map((word) => `btcusdt@${word}`).join("/")}`,
  )

export const faultyClient = (
  faults: string,
  ...words: ReadonlyArray<string>
): Effect.Effect<
  { readonly simulator: Faulty; readonly client: Client },
  number | SimulatorError,
  Scope.Scope
> =>
  Effect.gen(function* () {
    const simulator = yield* faulty(faults)
    return { simulator, client: yield* clientOf(simulator, ...words) }
  })

/** A client whose fault begins once it is there and has had data, however slow the machine is. */
export const struckClient = (
  faults: string,
  ...words: ReadonlyArray<string>
): ReturnType<typeof faultyClient> =>
  Effect.gen(function* () {
    const simulator = yield* faulty()
    const client = yield* clientOf(simulator, ...words)
    yield* until("data", () => client.messages.length > 20)
    yield* simulator.inject(faults)
    return { simulator, client }
  })

/** What the client has got now, after at least so many messages: payloads of a stream as text. */
export const payloadsAfter = (client: Client, stream: string, count: number) =>
  Effect.as(
    until(`${count} messages`, () => client.messages.length >= count),
    () => payloadsIn(client.messages, stream),
  ).pipe(Effect.map((take) => take()))

export const payloadsIn = (messages: ReadonlyArray<string>, stream: string): ReadonlyArray<string> => {
  const head = `{"stream":"${stream}","data":`
  return messages.filter((text) => text.startsWith(head)).map((text) => text.slice(head.length, -1))
}

/** The payloads that were due on a connection's stream, faults or not. */
export const dueOn = (simulator: Faulty, stream: string, connection = 1): ReadonlyArray<string> =>
  simulator.sent({ stream, connection })[0]?.payloads ?? []

export const deliveredOn = (simulator: Faulty, stream: string, connection = 1): ReadonlyArray<string> =>
  simulator.delivered({ stream, connection })[0]?.payloads ?? []
