import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { at, goodPlugin, pluginThat, startPeer, transcript } from "../../support/nodePeers.ts"
import { startNode } from "../../support/nodes.ts"
import { untilTrue } from "../../support/process.ts"
import { recordingsAbsent } from "../../support/recordings.ts"

interface ClientExchange {
  readonly request: {
    readonly method: string
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: unknown
  }
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: unknown
  }
}

const sent = (body: unknown): string | undefined => {
  if (body === null) return undefined
  return typeof body === "object" && "$raw" in body! ? String(body.$raw) : JSON.stringify(body)
}

const ask = ({ body, headers, method, path }: ClientExchange["request"], origin: string) =>
  Effect.promise(async () => {
    const text = sent(body)
    const answer = await fetch(`${origin}${path}`, {
      method,
      headers: { ...headers },
      ...(text === undefined ? {} : { body: text }),
    })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  })

/** Times, versions and counts differ from node to node: their places and types do not. */
const shape = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shape)
  if (typeof value !== "object" || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, each]) => [key, shape(each)] as const)
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  )
}

describe.skipIf(recordingsAbsent)("the gateway of a node", () => {
  it.live("answers and forwards as the recorded one", () =>
    Effect.gen(function* () {
      const plugin = yield* startPeer(goodPlugin)
      const node = yield* startNode({ plugin: plugin.url })
      yield* node.says(/^gateway on /)
      const { exchanges, extra } = transcript("A-02_gateway")
      const clients = extra["client_exchanges"] as ReadonlyArray<ClientExchange>
      for (const { request, response } of clients) {
        if (request.method === "DELETE")
          plugin.says((heard, number) =>
            heard.method === "DELETE" ? { hangUp: true } : goodPlugin(heard, number),
          )
        const answer = yield* ask(request, node.gateway)
        const what = `${request.method} ${request.path} ${JSON.stringify(request.body)}`
        assert.strictEqual(answer.status, response.status, what)
        assert.strictEqual(answer.headers.get("content-type"), response.headers["Content-Type"], what)
        const { body } = response
        if (typeof body === "object" && body !== null && "$raw" in body) {
          assert.match(answer.text, /^转发请求失败: Delete "http:\/\/127\.0\.0\.1:\d+\/x": .+\n$/)
        } else if (request.path === "/probe" && response.status === 200 && request.method === "POST") {
          assert.deepStrictEqual(shape(JSON.parse(answer.text)), shape(body), what)
        } else if (response.status === 400) {
          const said = JSON.parse(answer.text) as { readonly message: string }
          assert.match(said.message, /^解析请求失败: ./)
          assert.deepStrictEqual({ ...said, message: "" }, { ...(body as object), message: "" } as never)
        } else {
          assert.deepStrictEqual(JSON.parse(answer.text), body, what)
        }
      }
      const forwarded = plugin
        .heard()
        .filter(({ headers, method }) => headers["gateway-tag"] === "forward" && method !== "DELETE")
      assert.deepStrictEqual(
        forwarded.map(({ method, path, text }) => [method, path, text]),
        exchanges.map(({ request }) => [request.method, request.path, sent(request.body) ?? ""]),
      )
      assert.strictEqual(forwarded.find(({ path }) => path.startsWith("/anything"))!.headers["x-test"], "a")
    }).pipe(Effect.scoped),
  )

  it.live("a probe's values: who the node is, what it has, and where its control plane is from then on", () =>
    Effect.gen(function* () {
      const plugin = yield* startPeer(goodPlugin)
      const node = yield* startNode({ plugin: plugin.url })
      yield* node.says(/^gateway on /)
      const probe = (body: unknown) =>
        Effect.map(ask({ method: "POST", path: "/probe", headers: {}, body }, node.gateway), ({ text }) =>
          at(JSON.parse(text), "data", "details"),
        )
      const first = yield* probe({ server_ip: "10.1.2.3", server_port: 8080 })
      assert.deepStrictEqual(at(first, "node_info", "capabilities"), ["my-python-plugin"])
      assert.strictEqual(at(first, "node_info", "node_id"), "node-abc")
      assert.strictEqual(at(first, "node_info", "version"), "v1.0.0")
      assert.isAbove(Number(at(first, "metrics", "memory_usage")), 10)
      assert.isAtLeast(Number(at(first, "system_info", "num_cpu")), 1)
      assert.strictEqual(at(first, "heartbeat_info", "interval"), "30s")
      assert.deepInclude(at(first, "heartbeat_info"), { server_ip: "10.1.2.3", server_port: 8080 })
      // What is empty changes nothing.
      const second = yield* probe({ server_ip: "", server_port: 0, moox_server_url: "" })
      assert.strictEqual(at(second, "heartbeat_info", "server_ip"), "10.1.2.3")
      const third = yield* probe({ moox_server_url: "http://10.9.9.9:81", storage_server_url: "http://s:1" })
      assert.strictEqual(at(third, "heartbeat_info", "server_ip"), "10.9.9.9")
    }).pipe(Effect.scoped),
  )

  it.live("bodies stream both ways, with every header, and what stands there twice", () =>
    Effect.gen(function* () {
      const plugin = yield* startPeer((heard, number) =>
        heard.path === "/echo"
          ? { status: 201, raw: heard.text, headers: { "Set-Cookie": ["a=1", "b=2"], "X-Own": "yes" } }
          : goodPlugin(heard, number),
      )
      const node = yield* startNode({ plugin: plugin.url })
      yield* node.says(/^gateway on /)
      const big = "0123456789abcdef".repeat(256 * 1024)
      const answer = yield* ask(
        { method: "PUT", path: "/echo", headers: {}, body: { $raw: big } },
        node.gateway,
      )
      assert.strictEqual(answer.status, 201)
      assert.strictEqual(answer.text.length, big.length)
      assert.isTrue(answer.text === big)
      assert.deepStrictEqual(answer.headers.getSetCookie(), ["a=1", "b=2"])
      assert.strictEqual(answer.headers.get("x-own"), "yes")
    }).pipe(Effect.scoped),
  )

  it.live(
    "task events: the actions of tasks, and what the control plane asks of a node, are answered on it",
    () =>
      Effect.gen(function* () {
        const plugin = yield* startPeer(goodPlugin)
        const node = yield* startNode({ plugin: plugin.url })
        yield* node.says(/^gateway on /)
        const event = (body: unknown) =>
          Effect.map(
            ask({ method: "POST", path: "/task", headers: {}, body }, node.gateway),
            ({ text }) => JSON.parse(text) as unknown,
          )
        assert.deepStrictEqual(at(yield* event({ action: "list_tasks" }), "data", "tasks"), [])
        assert.strictEqual(at(yield* event({ action: "no_such_action" }), "success"), false)
        const probed = yield* event({ action: "heartbeat_probe", server_ip: "10.0.0.9", server_port: 99 })
        assert.strictEqual(at(probed, "data", "node_id"), "node-abc", JSON.stringify(probed))
        assert.strictEqual(at(probed, "data", "details", "heartbeat_info", "server_ip"), "10.0.0.9")
        assert.lengthOf(plugin.to("/task"), 0)
      }).pipe(Effect.scoped),
  )

  it.live("without a plugin everything that is not its own is 404, and the node lives", () =>
    Effect.gen(function* () {
      const node = yield* startNode({})
      yield* node.says(/^gateway on /)
      const answer = yield* ask({ method: "GET", path: "/x", headers: {}, body: null }, node.gateway)
      assert.strictEqual(answer.status, 404)
      yield* node.kill("SIGTERM")
      assert.strictEqual((yield* node.ended).code, 0)
    }).pipe(Effect.scoped),
  )

  it.live("a plugin that is slow to answer holds up neither /health nor the end", () =>
    Effect.gen(function* () {
      const plugin = yield* startPeer(pluginThat({ delayMillis: 60_000 }))
      const node = yield* startNode({ plugin: plugin.url })
      yield* node.says(/^gateway on /)
      yield* Effect.forkScoped(
        Effect.ignore(ask({ method: "POST", path: "/on-trigger", headers: {}, body: {} }, node.gateway)),
      )
      yield* untilTrue("the plugin has the request", () => plugin.to("/on-trigger").length === 1)
      const health = yield* ask({ method: "GET", path: "/health", headers: {}, body: null }, node.gateway)
      assert.strictEqual(health.text, '{"status":"healthy"}')
      yield* node.kill("SIGTERM")
      assert.strictEqual((yield* node.ended).code, 0)
    }).pipe(Effect.scoped),
  )
})
