import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { type Duration, Effect } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { make } from "../../../layers/plugin/Http.ts"
import type { TriggerEvent } from "../../../src/domain/TriggerEvent.ts"
import { goodPlugin, pluginThat, type Said, startPeer } from "../../support/nodePeers.ts"
import { freePort } from "../../support/process.ts"

const event: TriggerEvent = {
  type: "timer",
  name: "t",
  tasks: [],
  tasksMd5: "empty",
  metadata: { nodeID: "n" },
}

const client = NodeHttpClient.layerNodeHttpOptions({ keepAlive: false })

const pluginAt = (url: string, answerTimeout: Duration.Input = "30 seconds") =>
  make({ name: "p", url, readyTimeout: "30 seconds", answerTimeout }).pipe(Effect.provide(client))

/** What it makes of an answer to an event. */
const answered = (said: Said, answerTimeout?: Duration.Input) =>
  Effect.gen(function* () {
    const peer = yield* startPeer(pluginThat(said))
    const plugin = yield* pluginAt(peer.url, answerTimeout)
    return yield* plugin.onTrigger(event)
  }).pipe(Effect.scoped)

/** Why it is not ready, once it has been asked: on a machine with much to do that may take longer. */
const objection = Effect.fnUntraced(function* (url: string) {
  for (let limit = 500; ; limit *= 5) {
    const plugin = yield* make({ name: "p", url, readyTimeout: limit }).pipe(Effect.provide(client))
    const error = yield* Effect.flip(plugin.ready)
    if (!error.message.includes("it was not asked yet")) return error
  }
})

describe("a plugin that is not ready", () => {
  it.effect("is asked each second, until it is", () =>
    Effect.gen(function* () {
      const asked: Array<number> = []
      const scripted = HttpClient.make((request) =>
        Effect.clockWith((clock) => {
          asked.push(clock.currentTimeMillisUnsafe() / 1000)
          const status = asked.length < 5 ? 503 : 200
          return Effect.succeed(HttpClientResponse.fromWeb(request, new Response("{}", { status })))
        }),
      )
      const plugin = yield* make({ name: "p", url: "http://p", readyTimeout: "30 seconds" }).pipe(
        Effect.provideService(HttpClient.HttpClient, scripted),
      )
      const waiting = yield* Effect.forkChild(plugin.ready, { startImmediately: true })
      for (let step = 0; step < 100; step++) yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(asked, [0, 1, 2, 3, 4])
      assert.strictEqual(waiting.pollUnsafe()?._tag, "Success")
    }),
  )
})

describe("a plugin behind HTTP", () => {
  it.live("gets a message and its tasks' numbers with every digit, and may answer such numbers", () =>
    Effect.gen(function* () {
      const point = '{"times":1704067200123456789,"object_id":"x","fields":{"trade_id":1234567890123456789}}'
      const peer = yield* startPeer(pluginThat({ raw: `{"data_points":[${point}]}` }))
      const plugin = yield* pluginAt(peer.url)
      const text = '{"order": 1234567890123456789, "price": 0.12345678901234567890}'
      const task = {
        id: "1234567890123456789",
        task_id: "t",
        rule_id: "r",
        planned_exec_node: "n",
        task_params: "",
        invalid: 0,
      }
      const response = yield* plugin.onTrigger({
        ...event,
        type: "nats",
        message: JSON.parse(text),
        text,
        tasks: [task],
        jobs: [{ task, interval: "1m" }],
      })
      const heard = peer.heard()[0]!.text
      assert.include(heard, `"payload":${text},`)
      assert.include(heard, '"tasks":[{"id":1234567890123456789,"task_id":"t"')
      assert.include(heard, '"jobs":[{"task":{"id":1234567890123456789,')
      assert.deepStrictEqual(response.data_points, [
        { times: "1704067200123456789", object_id: "x", fields: { trade_id: "1234567890123456789" } },
      ])
    }).pipe(Effect.scoped),
  )

  it.live("is given the event as both generations of plugins read it", () =>
    Effect.gen(function* () {
      const peer = yield* startPeer(goodPlugin)
      const plugin = yield* pluginAt(`${peer.url}/`)
      yield* plugin.onTrigger(event)
      yield* plugin.onTrigger({ ...event, type: "nats", message: [1], metadata: { subject: "s" } })
      yield* plugin.onTrigger({ ...event, type: "nats", raw: Buffer.from("x") })
      assert.deepStrictEqual(
        peer.heard().map(({ body }) => body),
        [
          {
            type: "timer",
            name: "t",
            payload: { tasks: [], tasks_md5: "empty" },
            tasks: [],
            tasks_md5: "empty",
            metadata: { nodeID: "n" },
          },
          {
            type: "nats",
            name: "t",
            payload: [1],
            tasks: [],
            tasks_md5: "empty",
            metadata: { subject: "s" },
          },
          {
            type: "nats",
            name: "t",
            payload: { raw: "eA==" },
            tasks: [],
            tasks_md5: "empty",
            metadata: { nodeID: "n" },
          },
        ],
      )
      assert.strictEqual(peer.heard()[0]!.headers["content-type"], "application/json")
      assert.isDefined(peer.heard()[0]!.headers["content-length"])
    }).pipe(Effect.scoped),
  )

  it.live("that answers without end has failed, by name, once it has said more than is read", () =>
    Effect.gen(function* () {
      for (const status of [200, 500]) {
        const peer = yield* startPeer(pluginThat({ status, raw: " ".repeat(10_000), endless: true }))
        const plugin = yield* make({
          name: "p",
          url: peer.url,
          readyTimeout: "1 second",
          maxAnswerBytes: 1_000_000,
        }).pipe(Effect.provide(client))
        const error = yield* Effect.flip(plugin.onTrigger(event))
        assert.strictEqual(error.reason, "too_large")
        assert.match(
          error.message,
          /^plugin p: POST http.*\/on-trigger answered more than 1000000 bytes \(adapter\.maxAnswer\)/,
        )
        peer.says(goodPlugin)
        assert.deepStrictEqual((yield* plugin.onTrigger(event)).task_results, [])
      }
    }).pipe(Effect.scoped),
  )

  it.live("that says without end that it is there is not ready", () =>
    Effect.gen(function* () {
      const peer = yield* startPeer(() => ({ raw: " ".repeat(10_000), endless: true }))
      const error = yield* objection(peer.url)
      assert.match(error.message, /GET http.*\/health answered more than 1048576 bytes/)
    }).pipe(Effect.scoped),
  )

  it.live("has success without results where it answers nothing, no JSON, or something else", () =>
    Effect.gen(function* () {
      for (const raw of [
        "",
        "not json",
        "7",
        "null",
        "[]",
        "{}",
        '{"task_results":null}',
        '{"task_results":7}',
      ])
        assert.deepStrictEqual((yield* answered({ raw })).task_results, [], raw)
    }),
  )

  it.live("has the results that are whole, beside those that are not", () =>
    Effect.gen(function* () {
      const whole = { task_id: "t", status: 2, result: "" }
      const response = yield* answered({
        body: { task_results: [whole, { task_id: 1 }, 7], records: [{ a: 1 }] },
      })
      assert.deepStrictEqual(response.task_results, [whole])
      assert.deepStrictEqual(response.records, [{ a: 1 }])
    }),
  )

  for (const [what, said, reason, answerTimeout] of [
    ["answers 500", { status: 500, body: { error: "boom" } }, "status"],
    ["answers 204, which is not 200", { status: 204, raw: "" }, "status"],
    ["hangs up", { hangUp: true }, "unreachable"],
    ["does not answer in time", { delayMillis: 2000 }, "timeout", "300 millis"],
  ] as const)
    it.live(`has failed where it ${what}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(answered(said, answerTimeout))
        assert.strictEqual(error.reason, reason, error.message)
        assert.include(error.message, "plugin p: ")
      }),
    )

  it.live("is not ready while nobody is there, and says what it saw", () =>
    Effect.gen(function* () {
      const error = yield* objection(`http://127.0.0.1:${yield* freePort}`)
      assert.strictEqual(error.reason, "unready")
      assert.match(error.message, /^plugin p: not ready after \d+m?s.*: .*ECONNREFUSED/)
    }),
  )
})
