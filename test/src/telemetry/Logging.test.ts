import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Layer, Redacted, Schema } from "effect"
import { TestClock, TestConsole } from "effect/testing"
import type { LogLevel } from "../../../services/TelemetryConfig.ts"
import * as Logging from "../../../src/telemetry/Logging.ts"

const logging = (
  logLevel: LogLevel = "info",
  logFormat: "json" | "text" | "auto" = "json",
  terminal = false,
) => Logging.layer({ logLevel, logFormat, terminal })

/** What a log line is held to. */
const Line = Schema.Struct({
  time: Schema.String.check(Schema.isPattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)),
  level: Schema.Literals(["trace", "debug", "info", "warn", "error", "fatal"]),
  message: Schema.String,
  stream: Schema.optionalKey(Schema.String),
  connection: Schema.optionalKey(Schema.String),
  venue: Schema.optionalKey(Schema.String),
  actor: Schema.optionalKey(Schema.String),
  error: Schema.optionalKey(Schema.String),
  stack: Schema.optionalKey(Schema.String),
})

class Away extends Schema.TaggedError<Away>()("Away", { peer: Schema.String }) {
  override get message(): string {
    return `${this.peer} is away`
  }
}

const linesOf = <E>(program: Effect.Effect<unknown, E>, layer = logging()) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.UTC(2025, 0, 15, 12, 30, 1, 250))
    yield* Effect.provide(program, layer)
    assert.deepStrictEqual(yield* TestConsole.logLines, [], "stdout belongs to the stdout sink")
    return (yield* TestConsole.errorLines).map(String)
  }).pipe(Effect.provide(Layer.fresh(TestConsole.layer)))

describe("the log", () => {
  it.effect("is one JSON object a line on stderr: time, level, message, and the fields of who said it", () =>
    Effect.gen(function* () {
      const [line, ...more] = yield* linesOf(
        Effect.logWarning("no data for 30 s").pipe(
          Effect.annotateLogs({
            venue: "binance",
            stream: "binance:trade:BTC-USDT",
            connection: "binance/connections/1",
            actor: "millrace/core/work/venues/binance/connections/1",
          }),
        ),
      )
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(JSON.parse(line!), {
        time: "2025-01-15T12:30:01.250Z",
        level: "warn",
        message: "no data for 30 s",
        venue: "binance",
        stream: "binance:trade:BTC-USDT",
        connection: "binance/connections/1",
        actor: "millrace/core/work/venues/binance/connections/1",
      })
    }),
  )

  it.effect("keeps to its schema whatever is logged", () =>
    Effect.gen(function* () {
      const circular: Record<string, unknown> = {}
      circular["self"] = circular
      const lines = yield* linesOf(
        Effect.all([
          Effect.logInfo("plain"),
          Effect.logError("with a cause", Cause.fail(new Away({ peer: "kafka" }))),
          Effect.logError("with a defect", Cause.die(new Error("a bug"))),
          Effect.logInfo("many", "parts", { count: 3, big: 12n }),
          Effect.logInfo({ only: "an object" }),
          Effect.logInfo(new Away({ peer: "an error as message" })),
          Effect.logInfo("a\nb\u2028c\u001b[31m"),
          Effect.logInfo("odd fields").pipe(
            Effect.annotateLogs({
              circular,
              nan: Number.NaN,
              nothing: undefined,
              error: new Away({ peer: "x" }),
              level: "not mine",
              secret: Redacted.make("hunter2"),
              symbol: Symbol("s"),
            }),
          ),
          Effect.logFatal("the end"),
        ]),
      )
      assert.strictEqual(lines.length, 9)
      for (const line of lines) {
        assert.notMatch(line, /\n/)
        assert.notInclude(line, "hunter2")
        yield* Schema.decodeUnknownEffect(Line)(JSON.parse(line))
      }
      const [, failure, defect, parts, , , , odd] = lines.map((line) => JSON.parse(line))
      assert.strictEqual(failure.error, "Away: kafka is away")
      assert.notProperty(failure, "stack")
      assert.strictEqual(defect.error, "a bug")
      assert.include(defect.stack, "Logging.test.ts")
      assert.deepInclude(parts, { message: "many parts", count: 3, big: "12" })
      assert.deepInclude(odd, { level: "info", _level: "not mine", _error: "Away: x is away", nan: "NaN" })
    }),
  )

  it.effect("writes nothing below its level, and nothing at all at `none`", () =>
    Effect.gen(function* () {
      const all = Effect.all([
        Effect.logDebug("d"),
        Effect.logInfo("i"),
        Effect.logWarning("w"),
        Effect.logError("e"),
      ])
      const levels = (level: LogLevel) =>
        Effect.map(linesOf(all, logging(level)), (lines) =>
          lines.map((line) => JSON.parse(line).message).join(""),
        )
      assert.strictEqual(yield* levels("debug"), "diwe")
      assert.strictEqual(yield* levels("info"), "iwe")
      assert.strictEqual(yield* levels("error"), "e")
      assert.strictEqual(yield* levels("none"), "")
    }),
  )

  it.effect("is for people in a terminal, and JSON elsewhere, unless told", () =>
    Effect.gen(function* () {
      const hello = Effect.logInfo("hello", { n: 1, text: "two words" })
      const [text] = yield* linesOf(hello, logging("info", "auto", true))
      assert.match(text!, /12:30:01\.250.*INFO.*hello.*n=1 text=two words/)
      assert.include(text!, "\u001b[")
      const [json] = yield* linesOf(hello, logging("info", "auto", false))
      assert.strictEqual(JSON.parse(json!).n, 1)
      const [plain] = yield* linesOf(hello, logging("info", "text", false))
      assert.strictEqual(plain, "12:30:01.250 INFO  hello n=1 text=two words")
    }),
  )

  it.effect("keeps text to one line too, but for the stack of a defect", () =>
    Effect.gen(function* () {
      const lines = yield* linesOf(
        Effect.all([
          Effect.logInfo("a\nb", { c: "d\r\ne\u001b[31m" }),
          Effect.logError("x", Cause.die(new Error("a bug"))),
        ]),
        logging("info", "text"),
      )
      assert.strictEqual(lines[0], "12:30:01.250 INFO  a ⏎ b c=d ⏎ e\\x1b[31m")
      assert.match(lines[1]!, /^.* x a bug\nError: a bug\n/)
    }),
  )
})
