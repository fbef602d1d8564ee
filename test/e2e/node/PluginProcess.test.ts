import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { absent } from "../../support/servers.ts"
import {
  digest,
  heartbeatPath,
  listOf,
  planeWith,
  startPeer,
  statusPath,
  transcript,
} from "../../support/nodePeers.ts"
import { everyFourSeconds, startNode } from "../../support/nodes.ts"
import { freePort, request, temporaryFolder, untilTrue } from "../../support/process.ts"
import { recordingsAbsent } from "../../support/recordings.ts"

const script = fileURLToPath(new URL("../../support/documentPlugin.py", import.meta.url))

const pythonAbsent = ((): boolean => {
  const found = spawnSync("python3", ["--version"]).status === 0
  if (!found) absent("python3", "no python3 on the PATH")
  return !found
})()

const isAlive = (pid: number): boolean => {
  if (!existsSync(`/proc/${pid}/stat`)) return false
  // What has ended and is not yet waited for is no process any more.
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]![0] !== "Z"
}

const pidIn = (message: string): number => Number(/process (\d+)/.exec(message)![1])

/** The children of a process that run a program: those of the guardian are the plugin, and what watches over its end. */
const childrenOf = (pid: number, program = ""): ReadonlyArray<number> =>
  spawnSync("ps", ["-o", "pid=,args=", "--ppid", String(pid)], { encoding: "utf8" })
    .stdout.split("\n")
    .filter((line) => line.trim() !== "" && line.trim().split(/ +/)[1]!.includes(program))
    .map((line) => Number.parseInt(line, 10))

/** The node waits for its plugin as long as the test looks on. */
const adapterFor = (port: number, command: ReadonlyArray<string>) => ({
  adapter: {
    name: "my-python-plugin",
    url: `http://127.0.0.1:${port}`,
    command,
    readyTimeout: "5 minutes",
  },
})

const endedWith = (code: number): string =>
  `the process of plugin my-python-plugin has ended with code ${code}`

describe.skipIf(pythonAbsent)("a plugin's program", { concurrent: true }, () => {
  it.live.skipIf(recordingsAbsent)(
    "the guide's plugin in Python is started, logged, called, and stopped with the node",
    () =>
      Effect.gen(function* () {
        const plane = yield* startPeer(planeWith(listOf(transcript("A-01_startup_heartbeat_timer")), digest))
        const port = yield* freePort
        const node = yield* startNode({
          plane: plane.port,
          triggers: [everyFourSeconds],
          more: adapterFor(port, ["python3", "-u", script, String(port)]),
        })
        const { message } = yield* node.says(/^plugin my-python-plugin runs as process \d+/)
        const said = yield* node.says(/^Plugin server running on port/)
        assert.deepInclude(said, { plugin: "my-python-plugin", stream: "stdout", level: "info" })
        yield* node.says(/^gateway on /)
        yield* untilTrue("three results", () => plane.to(statusPath).length >= 3)
        assert.sameMembers(
          plane
            .to(statusPath)
            .slice(0, 3)
            .map(({ body }) => (body as { status: number }).status),
          [2, 2, 2],
        )
        assert.isAtLeast(plane.to(heartbeatPath).length, 1)
        const guardian = pidIn(message)
        const processes = [guardian, ...childrenOf(guardian)]
        assert.isAbove(processes.length, 1)
        yield* node.kill("SIGTERM")
        assert.strictEqual((yield* node.ended).code, 0)
        yield* untilTrue("nothing of it is left", () => !processes.some(isAlive))
      }).pipe(Effect.scoped),
  )

  it.live("a killed one is started again, and the node lives", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      const node = yield* startNode({ more: adapterFor(port, ["python3", "-u", script, String(port)]) })
      const { message } = yield* node.says(/runs as process/)
      yield* node.says(/^gateway on /)
      const [plugin] = childrenOf(pidIn(message), "python")
      process.kill(plugin!, "SIGKILL")
      yield* untilTrue(
        "a second one runs",
        () => node.log().filter((line) => line.message.startsWith("Plugin server running")).length >= 2,
      )
      yield* untilTrue("it is said", () => /has ended with code 137/.test(node.stderr()))
      const forwarded = yield* request(`${node.gateway}/nowhere`)
      assert.strictEqual(forwarded.status, 404)
    }).pipe(Effect.scoped),
  )

  it.live("a node that is killed leaves no orphan", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      const node = yield* startNode({ more: adapterFor(port, ["python3", "-u", script, String(port)]) })
      const { message } = yield* node.says(/runs as process/)
      yield* node.says(/^gateway on /)
      const guardian = pidIn(message)
      const processes = [guardian, ...childrenOf(guardian)]
      yield* node.kill("SIGKILL")
      yield* untilTrue("nothing of it is left", () => !processes.some(isAlive))
    }).pipe(Effect.scoped),
  )

  it.live("one that ends at once is started again and again, with its last words in the log", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const broken = `${folder}/broken.py`
      writeFileSync(broken, "import sys\nprint('no such module', file=sys.stderr)\nsys.exit(3)\n")
      const node = yield* startNode({ more: adapterFor(yield* freePort, ["python3", broken]) })
      yield* untilTrue("it has ended three times", () => node.stderr().split(endedWith(3)).length > 3)
      const said = node.log().filter(({ message }) => message === "no such module")
      assert.isAtLeast(said.length, 2)
      assert.deepInclude(said[0], { plugin: "my-python-plugin", stream: "stderr" })
    }).pipe(Effect.scoped),
  )

  it.live("a program that is not there is named", () =>
    Effect.gen(function* () {
      const node = yield* startNode({
        more: adapterFor(yield* freePort, ["no-such-program-at-all"]),
      })
      yield* untilTrue("it is said", () =>
        node.stderr().includes(`${endedWith(127)}: there is no program no-such-program-at-all`),
      )
    }).pipe(Effect.scoped),
  )
})
