import { assert } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { createServer, type IncomingMessage, type Server } from "node:http"
import { readFileSync } from "node:fs"
import { freePort, untilTrue } from "./process.ts"
import { recordingsFolder } from "./recordings.ts"

/** A request as a peer of a node saw it. */
export interface Heard {
  /** Milliseconds since the peer started. */
  readonly at: number
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly text: string
  /** Parsed where it is JSON. */
  readonly body: unknown
}

export interface Said {
  readonly status?: number
  /** JSON, unless `raw` is given. */
  readonly body?: unknown
  readonly raw?: string
  readonly headers?: Readonly<Record<string, string | ReadonlyArray<string>>>
  readonly delayMillis?: number
  /** The answer waits for it. */
  readonly until?: Promise<unknown>
  /** The answer begins with `raw`, and goes on with it without end. */
  readonly endless?: true
  /** Closes the connection without an answer. */
  readonly hangUp?: true
}

export type Script = (heard: Heard, number: number) => Said

export interface Peer {
  readonly port: number
  readonly url: string
  readonly heard: () => ReadonlyArray<Heard>
  readonly to: (path: string) => ReadonlyArray<Heard>
  readonly says: (script: Script) => void
  /** Goes away, and comes back on the same port. */
  readonly down: Effect.Effect<void>
  readonly up: Effect.Effect<void>
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString("utf8")
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

/** An HTTP server that answers by a script and remembers what it was asked. */
export const startPeer = (initial: Script): Effect.Effect<Peer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const began = performance.now()
      const heard: Array<Heard> = []
      let script = initial
      // It may go away and come back: nobody else is to be given its port meanwhile.
      const port = await Effect.runPromise(freePort)
      const listen = (): Promise<Server> =>
        new Promise((resolve) => {
          const server = createServer((request, response) => {
            const at = performance.now() - began
            const hear = async (): Promise<void> => {
              const text = await bodyOf(request)
              const said: Heard = {
                at,
                method: request.method ?? "",
                path: request.url ?? "",
                headers: request.headers,
                text,
                body: text === "" ? null : parsed(text),
              }
              heard.push(said)
              const answer = script(said, heard.length - 1)
              await answer.until
              setTimeout(() => {
                if (answer.hangUp === true) return request.socket.destroy()
                const out = answer.raw ?? JSON.stringify(answer.body ?? {})
                response.writeHead(answer.status ?? 200, {
                  "Content-Type": "application/json",
                  ...(answer.headers as Record<string, string> | undefined),
                })
                if (answer.endless !== true) return response.end(out)
                const goOn = (): void => {
                  while (!response.destroyed && response.write(out));
                  if (!response.destroyed) response.once("drain", goOn)
                }
                goOn()
              }, answer.delayMillis ?? 0)
            }
            void hear()
          })
          server.listen(port, "127.0.0.1", () => resolve(server))
        })
      let server = await listen()
      return {
        port,
        url: `http://127.0.0.1:${port}`,
        heard: () => heard,
        to: (path: string) => heard.filter((each) => each.path.endsWith(path)),
        says: (next: Script) => void (script = next),
        down: Effect.promise(() => close(server)),
        up: Effect.promise(async () => void (server = await listen())),
        stop: () => close(server),
      }
    }),
    ({ stop }) => Effect.promise(stop),
  )

/** A plugin as the recorded ones were: it knows its tasks, and that one of them fails. */
export const goodPlugin: Script = ({ body, method, path, text }) => {
  if (path === "/health" && method === "GET") return { body: { status: "ok" } }
  if (path !== "/on-trigger" || method !== "POST")
    return { status: 404, body: { error: "not found", path, ...(method === "POST" ? { echo: text } : {}) } }
  const tasks = (body as { payload?: { tasks?: ReadonlyArray<{ task_id: string }> } }).payload?.tasks ?? []
  return {
    body: {
      task_results: tasks.map(({ task_id }) =>
        task_id === "task-bad"
          ? { task_id, status: 4, result: "upstream 429" }
          : { task_id, status: 2, result: "" },
      ),
    },
  }
}

/** The plugin's answer to events, and everything else as a good one. */
export const pluginThat =
  (answer: Said): Script =>
  (heard, number) =>
    heard.path === "/on-trigger" ? answer : goodPlugin(heard, number)

export const statusPath = "/gateway/collectmgr/ReportTaskStatus"
export const heartbeatPath = "/gateway/cloudnode/ReportHeartbeatInner"

export const good = (data: ReadonlyArray<unknown> = []): Said => ({
  body: { code: 200, message: "success", data },
})

/** A control plane with this list for the node, which it hands out whenever the node's is another. */
export const planeWith =
  (tasks: ReadonlyArray<unknown>, digest: string, version = "v1.0.0"): Script =>
  ({ body, path }) =>
    path === heartbeatPath
      ? good([
          {
            package_version: version,
            task_instances: (body as { tasks_md5?: string }).tasks_md5 === digest ? [] : tasks,
          },
        ])
      : good()

interface Exchange {
  readonly t_ms: number
  readonly to: "plugin" | "control-plane"
  readonly request: { readonly method: string; readonly path: string; readonly body: unknown }
  readonly response: { readonly status: number; readonly body: unknown }
}

export interface Transcript {
  readonly exchanges: ReadonlyArray<Exchange>
  readonly extra: Readonly<Record<string, unknown>>
}

/** What was recorded of a real node: `A-01_startup_heartbeat_timer`. */
export const transcript = (name: string): Transcript =>
  JSON.parse(readFileSync(`${recordingsFolder}/nodes/${name}.json`, "utf8")) as Transcript

/** What stands at a path inside of a JSON value. */
export const at = (value: unknown, ...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], value)

/** Waits between requests, in seconds. */
export const gaps = (requests: ReadonlyArray<Heard>): ReadonlyArray<number> =>
  requests.slice(1).map(({ at }, index) => (at - requests[index]!.at) / 1000)

interface Instances {
  readonly data: ReadonlyArray<{ readonly task_instances: ReadonlyArray<{ readonly task_id: string }> }>
}

/** The list that its control plane handed out. */
export const listOf = ({ exchanges }: Transcript) =>
  exchanges
    .map(({ response }) => (response.body as Instances | null)?.data?.[0]?.task_instances ?? [])
    .find((list) => list.length > 0)!

/** Of that list, and of its first task alone. */
export const digest = "470b4be03aa24ebbf89de25a060eed2a"
export const oneTask = "9fd0c6afb396cb2c512182d610f15820"

/** How much later a busy machine may be. */
const late = 0.7

const isNear = (gap: number, wanted: number): boolean =>
  gap >= 0.8 * wanted && gap <= Math.max(1.2 * wanted, wanted + late)

/** Whether each wait is as it should be, but for what a busy machine adds. */
export const areNear = (actual: ReadonlyArray<number>, expected: ReadonlyArray<number>): boolean =>
  actual.length === expected.length && actual.every((gap, index) => isNear(gap, expected[index]!))

/** Each wait within a fifth of what it should be, and never shorter, but for what a busy machine adds. */
export const near = (actual: ReadonlyArray<number>, expected: ReadonlyArray<number>): void => {
  assert.strictEqual(actual.length, expected.length)
  for (const [index, gap] of actual.entries())
    assert.isTrue(isNear(gap, expected[index]!), `waited ${gap} s, not ${expected[index]} s`)
}

/**
 * Waits until requests in a row were as far apart as they should be. A machine that stood still between two of them proves
 * nothing: the next ones are looked at. `every`: such a row begins with each so many requests; with any unless given.
 */
export const untilNear = (
  what: string,
  requests: () => ReadonlyArray<Heard>,
  expected: ReadonlyArray<number>,
  every = 1,
): Effect.Effect<void> =>
  untilTrue(
    what,
    () => {
      const all = gaps(requests())
      for (let first = 0; first + expected.length <= all.length; first += every)
        if (expected.every((wanted, index) => isNear(all[first + index]!, wanted))) return true
      return false
    },
    "2 minutes",
  )
