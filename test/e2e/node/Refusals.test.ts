import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { natsAbsent, natsServer } from "../../support/nats.ts"
import { goodPlugin, startPeer, transcript } from "../../support/nodePeers.ts"
import { everyFourSeconds, type NodeFiles, startNode } from "../../support/nodes.ts"
import { freePort } from "../../support/process.ts"
import { recordingsAbsent } from "../../support/recordings.ts"

/** Starts it, and gives how it ended. */
const refused = Effect.fnUntraced(function* (files: NodeFiles) {
  const node = yield* startNode(files)
  const { code } = yield* node.ended
  return { code, log: node.stderr() }
})

const at = (settings: Readonly<Record<string, unknown>>, type: string) => [{ name: "a", type, settings }]

describe.skipIf(recordingsAbsent)("a node that cannot start", { concurrent: true }, () => {
  it.live("a plugin that is never ready ends it, by name, after its time", () =>
    Effect.gen(function* () {
      const url = `http://127.0.0.1:${yield* freePort}`
      const { code, log } = yield* refused({
        more: { adapter: { name: "my-python-plugin", url, readyTimeout: "4 seconds" } },
      })
      assert.strictEqual(code, transcript("A-13_plugin_never_ready").extra["exit_code"])
      assert.match(log, /plugin my-python-plugin: not ready after 4s/)
      assert.match(log, /ECONNREFUSED/)
      assert.notMatch(log, /gateway on/)
    }).pipe(Effect.scoped),
  )

  it.live("triggers that make no sense are refused before anything starts, all of them, each by name", () =>
    Effect.gen(function* () {
      const plugin = yield* startPeer(goodPlugin)
      const { code, log } = yield* refused({
        plugin: plugin.url,
        triggers: [
          { name: "no-cron", type: "timer", settings: {} },
          { name: "bad-cron", type: "timer", settings: { cron: "x y z" } },
          { name: "bad-type", type: "kafka", settings: {} },
          { name: "no-url", type: "nats", settings: {} },
          {
            name: "bad-number",
            type: "nats",
            settings: { url: "nats://h:1", stream: "S", batch_size: "many" },
          },
          { name: "bad-path", type: "http", settings: { path: "/health" } },
          { name: "bad-records", type: "record", settings: { type: "candle" } },
          everyFourSeconds,
          everyFourSeconds,
        ],
      })
      assert.strictEqual(code, 1)
      for (const said of [
        'timer trigger "no-cron" missing cron setting',
        /timer trigger "bad-cron" .*missing field\(s\)/,
        'unknown trigger type "kafka" for trigger "bad-type"',
        'NATS trigger "no-url" missing url setting',
        /NATS trigger "bad-number" .*batch_size.*"many"/,
        /http trigger "bad-path" .*\/health/,
        /record trigger "bad-records" .*"candle"/,
        'two triggers are named "my-timer"',
      ])
        if (typeof said === "string") assert.include(log, said)
        else assert.match(log, said)
      assert.lengthOf(plugin.heard(), 0)
    }).pipe(Effect.scoped),
  )

  for (const [name, trigger, said] of [
    ["missing_cron", at({}, "timer"), /timer trigger "a" missing cron setting/],
    ["bad_cron", at({ cron: "x y z" }, "timer"), /"a".*missing field\(s\)/],
    ["unknown_type", at({}, "kafka"), /unknown trigger type "kafka" for trigger "a"/],
    ["nats_no_url", at({}, "nats"), /NATS trigger "a" missing url setting/],
  ] as const)
    it.live(`as recorded: ${name}`, () =>
      Effect.gen(function* () {
        const plugin = yield* startPeer(goodPlugin)
        const { code, log } = yield* refused({ plugin: plugin.url, triggers: trigger })
        const recorded = transcript("A-14_bad_config").extra[name] as { readonly exit_code: number }
        assert.strictEqual(code, recorded.exit_code)
        assert.match(log, said)
      }).pipe(Effect.scoped),
    )

  it.live("as recorded: nats_down: the trigger is named after 5 s", () =>
    Effect.gen(function* () {
      const plugin = yield* startPeer(goodPlugin)
      const url = `nats://127.0.0.1:${yield* freePort}`
      const { code, log } = yield* refused({
        plugin: plugin.url,
        triggers: at({ url, stream: "S", subject: "x", consumer_name: "c" }, "nats"),
      })
      assert.strictEqual(code, 1)
      assert.match(log, /trigger "a": no NATS consumer of S at nats:\/\/127\.0\.0\.1:\d+ in 5 seconds/)
    }).pipe(Effect.scoped),
  )

  it.live.skipIf(natsAbsent)("as recorded: nats_no_stream: the trigger is named at once", () =>
    Effect.gen(function* () {
      const nats = yield* natsServer
      const plugin = yield* startPeer(goodPlugin)
      const { code, log } = yield* refused({
        plugin: plugin.url,
        triggers: at({ url: nats.url, stream: "NOPE", subject: "x", consumer_name: "c" }, "nats"),
      })
      assert.strictEqual(code, 1)
      assert.match(log, /trigger "a": no NATS consumer of NOPE .*stream not found/)
    }).pipe(Effect.scoped),
  )

  it.live("triggers of records without a plugin are refused", () =>
    Effect.gen(function* () {
      const triggers = [everyFourSeconds, { name: "factors", type: "record", settings: { type: "trade" } }]
      const { code, log } = yield* refused({ triggers })
      assert.strictEqual(code, 1)
      assert.match(log, /factors: there is no plugin to be called with records; give it in section adapter/)
    }).pipe(Effect.scoped),
  )
})
