import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { natsAbsent, natsServer } from "../../support/nats.ts"
import {
  areNear,
  at,
  goodPlugin,
  heartbeatPath,
  listOf,
  near,
  gaps,
  type Peer,
  planeWith,
  digest,
  pluginThat,
  startPeer,
  statusPath,
  transcript,
} from "../../support/nodePeers.ts"
import { startNode } from "../../support/nodes.ts"
import { eventually, request, runProgram, untilTrue } from "../../support/process.ts"
import { recordingsAbsent } from "../../support/recordings.ts"

const queue = (url: string, more: Readonly<Record<string, unknown>> = {}) => ({
  name: "my-queue",
  type: "nats",
  settings: {
    url,
    stream: "KLINE",
    subject: "kline.>",
    consumer_name: "my-consumer",
    batch_size: 10,
    ack_wait: 30,
    max_deliver: 3,
    fetch_max_wait: 1,
    ...more,
  },
})

const json = '{"symbol": "BTCUSDT", "interval": "1m", "close": 42000.5}'

const events = (plugin: Peer) => plugin.to("/on-trigger")

/** A NATS server with the recorded stream, a plugin, a control plane with three tasks, and a node that has them. */
const all = Effect.fnUntraced(function* (more?: Readonly<Record<string, unknown>>) {
  const list = listOf(transcript("A-01_startup_heartbeat_timer"))
  const nats = yield* natsServer
  yield* nats.addStream("KLINE", "kline.>")
  const plugin = yield* startPeer(goodPlugin)
  const plane = yield* startPeer(planeWith(list, digest))
  const node = yield* startNode({ plugin: plugin.url, plane: plane.port, triggers: [queue(nats.url, more)] })
  yield* untilTrue("it has the tasks", () => plane.to(heartbeatPath).length >= 2)
  return { nats, plugin, plane, node }
})

const settled = (
  nats: { readonly consumer: (stream: string, name: string) => Effect.Effect<unknown> },
  seq: number,
) =>
  eventually(
    `the queue has heard of ${seq} messages`,
    Effect.flatMap(nats.consumer("KLINE", "my-consumer"), (info) =>
      at(info, "num_ack_pending") === 0 && at(info, "ack_floor", "stream_seq") === seq
        ? Effect.succeed(info)
        : Effect.fail(JSON.stringify(info)),
    ),
  )

describe.skipIf(recordingsAbsent || natsAbsent)(
  "a node and a queue of NATS",
  { concurrent: true, timeout: 240_000 },
  () => {
    it.live("its consumer is the recorded one; a message is the payload, JSON or not, and acknowledged", () =>
      Effect.gen(function* () {
        const { nats, node, plane, plugin } = yield* all()
        yield* nats.publish("kline.BTCUSDT.1m", json)
        yield* nats.publish("kline.ETHUSDT.1m", "plain text")
        yield* untilTrue("both fired", () => events(plugin).length === 2)
        const info = yield* settled(nats, 2)
        const recorded = at(transcript("A-03_nats").extra, "consumer_info", "config") as Record<
          string,
          unknown
        >
        const config = at(info, "config") as Record<string, unknown>
        for (const [key, value] of Object.entries(recorded))
          if (key !== "metadata") assert.deepStrictEqual(config[key], value, key)
        const [first, second] = events(plugin).map(({ body }) => body)
        assert.deepStrictEqual(at(first, "payload"), JSON.parse(json))
        assert.deepStrictEqual(at(second, "payload"), { raw: Buffer.from("plain text").toString("base64") })
        for (const [event, subject] of [
          [first, "kline.BTCUSDT.1m"],
          [second, "kline.ETHUSDT.1m"],
        ] as const) {
          assert.deepInclude(event as object, { type: "nats", name: "my-queue", tasks_md5: digest })
          assert.deepInclude(at(event, "metadata"), { subject, nodeID: "node-abc", version: "v1.0.0" })
          assert.lengthOf(at(event, "tasks") as Array<unknown>, 3)
        }
        yield* nats.publish("kline.BTCUSDT.1m", '{"tasks":[{"task_id":"task-001"}]}')
        yield* untilTrue("a result is reported", () => plane.to(statusPath).length === 1)
        assert.strictEqual(at(plane.to(statusPath)[0]!.body, "id"), "task-001")
        const metrics = yield* request(`${node.apiUrl}/metrics`)
        assert.match(metrics.text, /millrace_trigger_messages_total\{.*outcome="acked".*\} [23]/)
      }).pipe(Effect.scoped),
    )

    it.live(
      "a plugin that answers 500: three deliveries, 1 and 2 s apart, then a dead letter; no reports, and life goes on",
      () =>
        Effect.gen(function* () {
          const { nats, node, plane, plugin } = yield* all()
          plugin.says(pluginThat({ status: 500, body: { error: "boom" } }))
          yield* nats.publish("kline.BTCUSDT.1m", json)
          yield* settled(nats, 1)
          assert.lengthOf(events(plugin), 3)
          // A machine that stood still meanwhile proves nothing of the waits: another message does.
          let messages = 1
          while (messages < 6 && !areNear(gaps(events(plugin).slice(-3)), [1, 2])) {
            yield* nats.publish("kline.BTCUSDT.1m", json)
            yield* settled(nats, ++messages)
          }
          near(gaps(events(plugin).slice(-3)), [1, 2])
          assert.lengthOf(events(plugin), 3 * messages)
          yield* node.says(/given up after 3 deliveries and kept as a dead letter.*500/)
          assert.lengthOf(plane.to(statusPath), 0)
          const beats = plane.to(heartbeatPath).length
          plugin.says(goodPlugin)
          yield* nats.publish("kline.BTCUSDT.1m", "{}")
          yield* settled(nats, messages + 1)
          yield* untilTrue("heartbeats go on", () => plane.to(heartbeatPath).length > beats)
          assert.lengthOf(events(plugin), 3 * messages + 1)
          yield* node.kill("SIGTERM")
          assert.strictEqual((yield* node.ended).code, 0)
          const letters = yield* runProgram(["deadletters", "list", "--config", "config.json"], {
            cwd: node.folder,
          })
          assert.match(letters.stdout, /trigger.*max_deliver|max_deliver.*trigger/s)
        }).pipe(Effect.scoped),
    )

    it.live("a 200 whose body is empty, or no JSON, is success without results", () =>
      Effect.gen(function* () {
        const { nats, plane, plugin } = yield* all()
        plugin.says(pluginThat({ raw: "not json" }))
        yield* nats.publish("kline.BTCUSDT.1m", json)
        yield* settled(nats, 1)
        plugin.says(pluginThat({ raw: "" }))
        yield* nats.publish("kline.BTCUSDT.1m", json)
        yield* settled(nats, 2)
        assert.lengthOf(events(plugin), 2)
        assert.lengthOf(plane.to(statusPath), 0)
      }).pipe(Effect.scoped),
    )

    it.live(
      "a plugin that is down: the node is healthy, forwards 502, beats, and has its plugin again by itself",
      () =>
        Effect.gen(function* () {
          const { nats, node, plane, plugin } = yield* all()
          yield* plugin.down
          const forwarded = yield* request(`${node.gateway}/x`)
          assert.strictEqual(forwarded.status, 502)
          assert.match(
            forwarded.text,
            new RegExp(`^转发请求失败: Get "http://127\\.0\\.0\\.1:${plugin.port}/x": .*ECONNREFUSED.*\\n$`),
          )
          assert.strictEqual((yield* request(`${node.gateway}/health`)).text, '{"status":"healthy"}')
          yield* nats.publish("kline.BTCUSDT.1m", json)
          yield* node.says(/^trigger my-queue: plugin my-python-plugin: .*ECONNREFUSED/)
          const beats = plane.to(heartbeatPath).length
          yield* untilTrue("heartbeats go on", () => plane.to(heartbeatPath).length > beats)
          yield* settled(nats, 1)
          yield* plugin.up
          yield* nats.publish("kline.BTCUSDT.1m", json)
          yield* untilTrue("it is called again", () => events(plugin).length === 1)
          yield* settled(nats, 2)
        }).pipe(Effect.scoped),
    )

    it.live("a plugin that does not answer in 30 s: the message is given back and comes again, once", () =>
      Effect.gen(function* () {
        const { nats, plane, plugin } = yield* all({ ack_wait: 12 })
        plugin.says(pluginThat({ delayMillis: 33_000 }))
        yield* nats.publish("kline.BTCUSDT.1m", json)
        yield* untilTrue("the first call", () => events(plugin).length === 1)
        const beats = plane.to(heartbeatPath).length
        // The queue hears meanwhile that it is being worked on: it does not come again before it is given back.
        yield* untilTrue("the second call", () => events(plugin).length === 2, "2 minutes")
        near(gaps(events(plugin)), [31])
        plugin.says(goodPlugin)
        // They go on meanwhile, each 3 s where the machine has the time.
        assert.isAtLeast(plane.to(heartbeatPath).length, beats + 5)
      }).pipe(Effect.scoped),
    )

    it.live(
      "a server that is restarted, and a consumer that is deleted, are had again; nothing is missed",
      () =>
        Effect.gen(function* () {
          const { nats, plugin } = yield* all()
          yield* nats.publish("kline.BTCUSDT.1m", '{"n":1}')
          yield* settled(nats, 1)
          yield* nats.down
          yield* Effect.sleep("2 seconds")
          yield* nats.up
          yield* nats.publish("kline.BTCUSDT.1m", '{"n":2}', '{"n":3}')
          yield* settled(nats, 3)
          assert.deepStrictEqual(
            events(plugin).map(({ body }) => at(body, "payload", "n")),
            [1, 2, 3],
          )
          yield* nats.deleteConsumer("KLINE", "my-consumer")
          yield* eventually("it is there again", nats.consumer("KLINE", "my-consumer"))
        }).pipe(Effect.scoped),
    )

    it.live("SIGTERM: what is in hand ends, the rest is given back, exit 0", () =>
      Effect.gen(function* () {
        const { nats, node, plugin } = yield* all()
        const stopping = Promise.withResolvers<void>()
        plugin.says(pluginThat({ until: stopping.promise, body: { task_results: [] } }))
        yield* nats.publish("kline.BTCUSDT.1m", '{"n":1}', '{"n":2}', '{"n":3}')
        yield* untilTrue("the first call", () => events(plugin).length === 1)
        const status = Effect.map(request(`${node.apiUrl}/api/v1/status`), ({ text }) => text)
        assert.notInclude(yield* status, '"state":"stopping"')
        yield* node.kill("SIGTERM")
        yield* eventually(
          "it stops",
          Effect.map(status, (text) => (text.includes('"state":"stopping"') ? true : undefined)),
        )
        stopping.resolve()
        assert.strictEqual((yield* node.ended).code, 0)
        const info = yield* nats.consumer("KLINE", "my-consumer")
        assert.strictEqual(info.ack_floor.stream_seq, 1)
        assert.lengthOf(events(plugin), 1)
      }).pipe(Effect.scoped),
    )
  },
)
