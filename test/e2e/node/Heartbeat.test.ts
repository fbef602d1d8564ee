import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  at,
  digest,
  good,
  goodPlugin,
  heartbeatPath,
  listOf,
  oneTask,
  planeWith,
  startPeer,
  statusPath,
  transcript,
  untilNear,
} from "../../support/nodePeers.ts"
import { everyFourSeconds, startNode } from "../../support/nodes.ts"
import { request, untilTrue } from "../../support/process.ts"
import { recordingsAbsent } from "../../support/recordings.ts"

describe.skipIf(recordingsAbsent)(
  "a node and its control plane",
  { concurrent: true, timeout: 300_000 },
  () => {
    it.live("a new list replaces the old one; an empty one keeps it, unless it is said to be empty", () =>
      Effect.gen(function* () {
        const list = listOf(transcript("A-01_startup_heartbeat_timer"))
        const plugin = yield* startPeer(goodPlugin)
        const answer = (tasks: ReadonlyArray<unknown>, more = {}) =>
          good([{ package_version: "v1.0.0", task_instances: tasks, ...more }])
        const answers = [
          answer(list),
          answer(list.slice(0, 1)),
          answer([]),
          answer(list, { tasks_md5: "initializing" }),
          answer([], { tasks_md5: "empty" }),
        ]
        const plane = yield* startPeer((_, number) => answers[Math.min(number, 4)]!)
        const node = yield* startNode({
          plugin: plugin.url,
          plane: plane.port,
          more: { heartbeat: { server_ip: "127.0.0.1", server_port: plane.port, interval: 1 } },
        })
        yield* untilTrue("six heartbeats", () => plane.to(heartbeatPath).length >= 6)
        assert.deepStrictEqual(
          plane
            .to(heartbeatPath)
            .slice(0, 6)
            .map(({ body }) => (body as { tasks_md5: string }).tasks_md5),
          ["empty", digest, oneTask, oneTask, oneTask, "empty"],
        )
        yield* node.kill("SIGTERM")
        assert.strictEqual((yield* node.ended).code, 0)
      }).pipe(Effect.scoped),
    )

    it.live(
      "a control plane that is broken is asked 5 times, 1, 2, 4 and 8 s apart, one heartbeat at a time; a report 3 times",
      () =>
        Effect.gen(function* () {
          const list = listOf(transcript("A-01_startup_heartbeat_timer")).slice(0, 1)
          const plugin = yield* startPeer(goodPlugin)
          const plane = yield* startPeer(planeWith(list, oneTask))
          const node = yield* startNode({
            plugin: plugin.url,
            plane: plane.port,
            triggers: [everyFourSeconds],
          })
          yield* untilTrue("it has the task", () => plane.to(heartbeatPath).length >= 2)
          const before = plane.to(heartbeatPath).length
          const reported = plane.to(statusPath).length
          plane.says(({ path }) =>
            path === heartbeatPath
              ? { status: 500, body: { code: 500, message: "boom" } }
              : { status: 503, body: { code: 503, message: "busy" } },
          )
          const tries = () => plane.to(heartbeatPath).slice(before)
          yield* untilNear("five tries", tries, [1, 2, 4, 8], 5)
          yield* untilNear("three reports", () => plane.to(statusPath).slice(reported), [0.5, 1])
          yield* node.says(/^report on task task-001 given up after 3 tries: .*HTTP 503/)
          yield* node.says(/^heartbeat given up after 5 tries: .*HTTP 500/)
          // It goes on with the tasks it has, and at the next heartbeat is asked again.
          plane.says(planeWith(list, oneTask))
          yield* untilNear("each 3 s again", tries, [3, 3])
          assert.strictEqual(at(plane.to(heartbeatPath).at(-1)!.body, "tasks_md5"), oneTask)
        }).pipe(Effect.scoped),
    )

    it.live(
      "an answer whose code is not 200, or that is no JSON, is said and not asked for again before the next heartbeat",
      () =>
        Effect.gen(function* () {
          const list = listOf(transcript("A-01_startup_heartbeat_timer")).slice(0, 1)
          const plugin = yield* startPeer(goodPlugin)
          const plane = yield* startPeer(planeWith(list, oneTask))
          const node = yield* startNode({
            plugin: plugin.url,
            plane: plane.port,
            triggers: [everyFourSeconds],
          })
          yield* untilTrue("it has the task", () => plane.to(heartbeatPath).length >= 2)
          plane.says(({ path }) =>
            path === heartbeatPath
              ? { body: { code: 401, message: "no auth", data: [] } }
              : { body: { code: 400, message: "bad task" } },
          )
          const before = plane.to(heartbeatPath).length
          yield* untilNear("two more", () => plane.to(heartbeatPath).slice(before), [3, 3])
          yield* node.says(/code 401: no auth/)
          plane.says(() => ({ raw: "<html>" }))
          const reports = plane.to(statusPath).length
          const others = plane.to(heartbeatPath).length
          yield* untilNear("two more of those", () => plane.to(heartbeatPath).slice(others), [3, 3])
          yield* node.says(/no JSON: <html>/)
          assert.strictEqual(at(plane.to(heartbeatPath).at(-1)!.body, "tasks_md5"), oneTask)
          // Of a report only the HTTP status is looked at.
          yield* untilTrue("a report", () => plane.to(statusPath).length > reports)
          assert.notMatch(node.stderr(), /given up/)
        }).pipe(Effect.scoped),
    )

    it.live("another package_version: its tasks are applied, it is said, and the node ends, non-zero", () =>
      Effect.gen(function* () {
        const list = listOf(transcript("A-01_startup_heartbeat_timer"))
        const plugin = yield* startPeer(goodPlugin)
        const plane = yield* startPeer(planeWith(list, digest, "v2.0.0"))
        const node = yield* startNode({ plugin: plugin.url, plane: plane.port })
        assert.strictEqual((yield* node.ended).code, 1)
        assert.lengthOf(plane.to(heartbeatPath), 1)
        const log = node.stderr()
        assert.match(
          log,
          /3 task instances from the control plane, tasks_md5 470b4be03aa24ebbf89de25a060eed2a/,
        )
        assert.match(log, /this node is version v1\.0\.0, and its control plane wants v2\.0\.0/)
      }).pipe(Effect.scoped),
    )

    it.live("without an id there are no heartbeats, and a probe is answered with that", () =>
      Effect.gen(function* () {
        const plugin = yield* startPeer(goodPlugin)
        const plane = yield* startPeer(() => good())
        const node = yield* startNode({
          plugin: plugin.url,
          plane: plane.port,
          triggers: [everyFourSeconds],
          env: {},
        })
        yield* node.says(/^gateway on /)
        const probe = yield* request(`${node.gateway}/probe`, "POST", {
          server_ip: "127.0.0.1",
          server_port: plane.port,
        })
        const recorded = transcript("A-11_no_node_id").extra["client_exchanges"]
        assert.deepStrictEqual(JSON.parse(probe.text), at(recorded, 1, "response", "body"))
        yield* untilTrue("two firings", () => plugin.to("/on-trigger").length >= 2)
        assert.lengthOf(plane.heard(), 0)
        assert.strictEqual(at(plugin.to("/on-trigger")[0]!.body, "metadata", "nodeID"), "")
        yield* node.kill("SIGTERM")
        assert.strictEqual((yield* node.ended).code, 0)
      }).pipe(Effect.scoped),
    )

    it.live("without an address it is silent until a probe brings one; the id may come by either name", () =>
      Effect.gen(function* () {
        const list = listOf(transcript("A-01_startup_heartbeat_timer"))
        const plugin = yield* startPeer(goodPlugin)
        const plane = yield* startPeer(planeWith(list, digest))
        const node = yield* startNode({
          plugin: plugin.url,
          triggers: [everyFourSeconds],
          env: { TENCENTCLOUD_FUNCTIONNAME: "node-tc" },
        })
        yield* untilTrue("a firing", () => plugin.to("/on-trigger").length >= 1)
        assert.lengthOf(plane.heard(), 0)
        yield* request(`${node.gateway}/probe`, "POST", {
          action: "probe",
          source: "moox",
          server_ip: "127.0.0.1",
          server_port: plane.port,
          moox_server_url: plane.url,
          storage_server_url: "http://127.0.0.1:19090",
        })
        yield* untilTrue("results", () => plane.to(statusPath).length >= 3)
        const [first] = plane.to(heartbeatPath)
        assert.deepInclude(first!.body as object, { node_id: "node-tc", tasks_md5: "empty" })
        assert.strictEqual(at(plane.to(statusPath)[0]!.body, "node_id"), "node-tc")
        assert.strictEqual(
          at(plugin.to("/on-trigger").at(-1)!.body, "metadata", "storage_server_url"),
          "http://127.0.0.1:19090",
        )
      }).pipe(Effect.scoped),
    )
  },
)
