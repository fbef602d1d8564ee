import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  at,
  digest,
  goodPlugin,
  heartbeatPath,
  type Heard,
  listOf,
  planeWith,
  startPeer,
  statusPath,
  transcript,
  untilNear,
} from "../../support/nodePeers.ts"
import { everyFourSeconds, startNode } from "../../support/nodes.ts"
import { request, untilTrue } from "../../support/process.ts"
import { recordingsAbsent } from "../../support/recordings.ts"

const withoutTimes = (body: unknown) => {
  const { fire_time: _, ...metadata } = (body as { metadata: Record<string, unknown> }).metadata
  return metadata
}

/** Differs from the recorded one in what the node is made of alone. */
const withoutEngine = (body: unknown) => {
  const { metadata, ...rest } = body as { readonly metadata: Record<string, unknown> }
  return { ...rest, metadata: { ...metadata, go_version: "" } }
}

const tasksOf = (event: unknown) => at(event, "payload", "tasks") as Array<{ readonly task_id: string }>

const idsOf = (event: Heard): ReadonlyArray<string> =>
  tasksOf(event.body)
    .map(({ task_id }) => task_id)
    .toSorted()

describe.skipIf(recordingsAbsent)("the start of a node", { timeout: 240_000 }, () => {
  it.live("starts, waits for its plugin, takes over tasks, fires and reports as the recorded one", () =>
    Effect.gen(function* () {
      const recorded = transcript("A-01_startup_heartbeat_timer")
      const list = listOf(recorded)
      /** How often the plugin has said that it is not ready: as often as the recorded one, and until the node was seen to wait. */
      let unready = 0
      let seenWaiting = false
      const plugin = yield* startPeer((heard, number) => {
        if (heard.path !== "/health" || (seenWaiting && unready >= 4)) return goodPlugin(heard, number)
        unready++
        return { status: 503, body: { status: "starting" } }
      })
      const plane = yield* startPeer(planeWith(list, digest))
      const node = yield* startNode({ plugin: plugin.url, plane: plane.port, triggers: [everyFourSeconds] })
      yield* untilTrue("the plugin was asked three times", () => plugin.to("/health").length >= 3)
      const refused = yield* Effect.flip(Effect.tryPromise(() => fetch(`${node.gateway}/health`)))
      assert.match(String((refused.cause as Error).cause), /ECONNREFUSED/)
      assert.lengthOf(plane.heard(), 0)
      seenWaiting = true
      yield* node.says(/^gateway on /)
      // Once it is ready it is asked no more, as there.
      const refusals = recorded.exchanges.filter(({ request }) => request.path === "/health").length - 1
      assert.strictEqual(refusals, 4)
      assert.lengthOf(plugin.to("/health"), unready + 1)

      yield* untilTrue("three heartbeats", () => plane.to(heartbeatPath).length >= 3)
      yield* untilTrue("a firing with tasks", () =>
        plugin.to("/on-trigger").some((event) => idsOf(event).length > 0),
      )
      yield* untilTrue("its results", () => plane.to(statusPath).length >= 3)
      const beats = plane.to(heartbeatPath)
      const wanted = recorded.exchanges.filter(({ request }) => request.path === heartbeatPath)
      for (const index of [0, 1, 2]) {
        assert.deepStrictEqual(withoutEngine(beats[index]!.body), withoutEngine(wanted[index]!.request.body))
        assert.strictEqual(
          JSON.stringify(withoutEngine(beats[index]!.body)),
          JSON.stringify(withoutEngine(wanted[index]!.request.body)),
          "keys in order",
        )
      }
      yield* untilNear("heartbeats each 3 s", () => plane.to(heartbeatPath), [3, 3])

      const firing = plugin.to("/on-trigger").find((event) => idsOf(event).length > 0)!
      const expected = recorded.exchanges.find(
        ({ request }) =>
          request.path === "/on-trigger" && at(request.body, "payload", "tasks", 0) !== undefined,
      )!.request.body
      const fired = firing.body
      assert.deepStrictEqual(idsOf(firing), ["task-001", "task-bad", "task-off"])
      assert.sameDeepMembers(tasksOf(fired), tasksOf(expected))
      assert.strictEqual(at(fired, "payload", "tasks_md5"), digest)
      assert.deepInclude(withoutTimes(fired), withoutTimes(expected))
      const fireTime = String(at(fired, "metadata", "fire_time"))
      assert.match(fireTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      assert.strictEqual(new Date(fireTime).getUTCSeconds() % 4, 0)
      // The second generation of plugins finds them at the top, with what is due.
      assert.deepStrictEqual(at(fired, "tasks"), at(fired, "payload", "tasks"))
      assert.strictEqual(at(fired, "tasks_md5"), digest)
      const jobs = at(fired, "jobs") as ReadonlyArray<unknown>
      assert.sameDeepMembers(
        jobs.map((job) => [at(job, "task", "task_id"), at(job, "interval")]),
        [
          ["task-001", "1m"],
          ["task-bad", "1m"],
        ],
      )
      assert.strictEqual(at(fired, "metadata", "storage_server_url"), "")

      const bodies = (reports: ReadonlyArray<unknown>) =>
        reports.map((body) => JSON.stringify(body)).toSorted()
      assert.deepStrictEqual(
        bodies(
          plane
            .to(statusPath)
            .slice(0, 3)
            .map(({ body }) => body),
        ),
        bodies(
          recorded.exchanges
            .filter(({ request }) => request.path === statusPath)
            .slice(0, 3)
            .map(({ request }) => request.body),
        ),
      )
      const metrics = yield* request(`${node.apiUrl}/metrics`)
      assert.match(metrics.text, /millrace_node_heartbeats_total\{outcome="ok"\} [1-9]/)
      assert.match(metrics.text, /millrace_trigger_events_total\{.*trigger="my-timer".*\} [1-9]/)
      yield* node.kill("SIGTERM")
      assert.strictEqual((yield* node.ended).code, 0)
    }).pipe(Effect.scoped),
  )
})
