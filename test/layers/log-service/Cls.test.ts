import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import * as Cls from "../../../layers/log-service/Cls.ts"
import { authorization } from "../../../layers/log-service/cls/Signature.ts"
import { type LogEntry, LogService } from "../../../services/LogService.ts"
import { type LogServiceStub, startLogService } from "../../support/logService.ts"

const send = ({ origin }: Pick<LogServiceStub, "origin">, entries: ReadonlyArray<LogEntry>) =>
  Effect.flatMap(LogService, (service) => service.send(entries)).pipe(
    Effect.provide(
      Cls.layer({
        origin,
        topicId: "topic/1",
        secretId: Redacted.make("AKIDx"),
        secretKey: Redacted.make("the-key"),
        token: Redacted.make("the-token"),
        source: "10.0.0.1",
      }).pipe(Layer.provide(NodeHttpClient.layerNodeHttp)),
    ),
  )

const entry = (fields: LogEntry["fields"] = { Msg: "m" }): LogEntry => ({ at: 1_767_225_600_123_456, fields })

describe("the log service", () => {
  it.live("is given every line whole: times in microseconds, texts of any alphabet and length", () =>
    Effect.gen(function* () {
      const stub = yield* startLogService
      const entries = [
        entry({ Msg: "采集完成 ✓", nodeID: "n" }),
        entry({ long: "x".repeat(70_000), empty: "" }),
      ]
      yield* send(stub, entries)
      const [upload] = stub.uploads()
      assert.strictEqual(upload?.source, "10.0.0.1")
      assert.deepStrictEqual(
        upload?.lines,
        entries.map(({ at, fields }) => ({ time: at, fields })),
      )
    }).pipe(Effect.scoped),
  )

  it.live("is asked with a signature over what is sent, good for minutes", () =>
    Effect.gen(function* () {
      const stub = yield* startLogService
      yield* send(stub, [entry()])
      const { headers, path } = stub.uploads()[0]!
      assert.strictEqual(path, "/structuredlog?topic_id=topic%2F1")
      assert.strictEqual(headers["content-type"], "application/x-protobuf")
      assert.strictEqual(headers["x-cls-token"], "the-token")
      const said = String(headers["authorization"])
      const [, from = 0, until = 0] = /q-sign-time=(\d+);(\d+)/.exec(said)?.map(Number) ?? []
      assert.strictEqual(until - from, 360)
      const again = authorization(
        {
          method: "POST",
          path: "/structuredlog",
          parameters: { topic_id: "topic/1" },
          headers: { host: String(headers["host"]), "content-type": String(headers["content-type"]) },
          from,
          until,
        },
        "AKIDx",
        "the-key",
      )
      assert.strictEqual(said, again)
    }).pipe(Effect.scoped),
  )

  it.live("that is busy, failing or away may do better; one that refuses says why, and will again", () =>
    Effect.gen(function* () {
      const stub = yield* startLogService
      const refusal = JSON.stringify({ errorcode: "TopicNotExist", errormessage: "no such topic" })
      stub.answers([429, ""], [503, "busy"], [404, refusal], [413, "too large"])
      const failure = Effect.map(Effect.flip(send(stub, [entry()])), ({ message, reason }) => [
        reason,
        message,
      ])
      const name = `${stub.origin} topic topic/1`
      assert.deepStrictEqual(yield* failure, ["unreachable", `${name}: HTTP 429`])
      assert.deepStrictEqual(yield* failure, ["unreachable", `${name}: HTTP 503: busy`])
      assert.deepStrictEqual(yield* failure, ["refused", `${name}: HTTP 404 TopicNotExist: no such topic`])
      assert.deepStrictEqual(yield* failure, ["refused", `${name}: HTTP 413: too large`])
      const away = yield* Effect.flip(send({ origin: "http://127.0.0.1:1" }, [entry()]))
      assert.strictEqual(away.reason, "unreachable")
      assert.notInclude(away.message, "the-key")
    }).pipe(Effect.scoped),
  )
})
