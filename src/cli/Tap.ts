import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Console, Effect, Option, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import { HttpClient, HttpClientRequest, HttpClientResponse } from "effect/http"
import { CommandError } from "./CommandError.ts"
import { instanceFlag } from "./InstanceFlag.ts"

const type = Flag.String("type").pipe(
  Flag.withMetavar("T"),
  Flag.withDescription("Only records of this type: trade, kline, …"),
  Flag.optional,
)

const symbol = Flag.String("symbol").pipe(
  Flag.withMetavar("S"),
  Flag.withDescription("Only records of this canonical symbol: BTC-USDT"),
  Flag.optional,
)

const limit = Flag.Int("limit").pipe(
  Flag.withMetavar("N"),
  Flag.withDescription("Stop after so many records"),
  Flag.optional,
)

interface TapOptions {
  readonly url: string
  readonly type: Option.Option<string>
  readonly symbol: Option.Option<string>
  readonly limit: Option.Option<number>
}

const printRecords = Effect.fnUntraced(function* ({ url, ...filter }: TapOptions) {
  const given = Object.entries<Option.Option<string | number>>(filter).flatMap(([name, value]) =>
    Option.isSome(value) ? [[name, String(value.value)] as const] : [],
  )
  const request = HttpClientRequest.get(`${url}/api/v1/records`, { urlParams: Object.fromEntries(given) })
  const response = yield* Effect.mapError(
    HttpClient.execute(request),
    (error) =>
      new CommandError({
        detail: `no running instance answers at ${url} (${error.message}); is it up, and on another port? --url says where`,
      }),
  )
  if (response.status !== 200) {
    const said = yield* Effect.orElseSucceed(response.text, () => "")
    return yield* new CommandError({ detail: `${url} answers ${response.status}: ${said}` })
  }
  yield* HttpClientResponse.stream(Effect.succeed(response)).pipe(
    Stream.decodeText,
    Stream.splitLines,
    Stream.filter((line) => line !== ""),
    Stream.runForEach((line) => Console.log(line)),
    Effect.mapError(
      (error) => new CommandError({ detail: `the instance at ${url} went away: ${error.message}` }),
    ),
  )
})

/** `millrace tap`: the records of a running instance, one a line. */
export const tap = Command.make("tap", { url: instanceFlag, type, symbol, limit }, (options) =>
  printRecords(options).pipe(Effect.provide(NodeHttpClient.layerUndici)),
).pipe(
  Command.withDescription(
    "Print the records of a running instance as they are accepted, one JSON object a line.",
  ),
  Command.withShortDescription("Print the records of a running instance"),
  Command.withExamples([
    { command: "millrace tap --type trade --symbol BTC-USDT --limit 10", description: "Ten trades" },
  ]),
)
