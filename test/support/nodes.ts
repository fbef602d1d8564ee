import { Effect } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { freePort, startProgram, temporaryFolder } from "./process.ts"

/** The settings of a node in a test, in the layout that nodes have today. */
export interface NodeFiles {
  readonly plugin?: string
  /** Where the control plane is; none unless given. */
  readonly plane?: number
  readonly triggers?: ReadonlyArray<unknown>
  /** Anything else, over all of it. */
  readonly more?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
}

export const everyFourSeconds = { name: "my-timer", type: "timer", settings: { cron: "*/4 * * * * * *" } }

/** Starts `millrace node` in a folder of its own. */
export const startNode = Effect.fnUntraced(function* (files: NodeFiles) {
  const folder = yield* temporaryFolder
  const port = yield* freePort
  const api = yield* freePort
  const config = {
    server: { port: api },
    gateway: { port },
    system: { name: "my-function", version: "v1.0.0", env: "test" },
    heartbeat: {
      ...(files.plane === undefined ? {} : { server_ip: "127.0.0.1", server_port: files.plane }),
      interval: 3,
    },
    ...(files.plugin === undefined
      ? {}
      : {
          adapter: {
            name: "my-python-plugin",
            url: files.plugin,
            heartbeatExtra: { capabilities: ["kline", "ticker"] },
          },
        }),
    triggers: files.triggers ?? [],
    sinks: [{ name: "files", type: "files", path: join(folder, "records") }],
    journal: { path: join(folder, "journal") },
    ...files.more,
  }
  writeFileSync(join(folder, "config.json"), JSON.stringify(config))
  const program = yield* startProgram(["node", "--config", "config.json"], {
    cwd: folder,
    env: files.env ?? { SCF_FUNCTIONNAME: "node-abc" },
  })
  return { ...program, folder, port, gateway: `http://127.0.0.1:${port}`, apiUrl: `http://127.0.0.1:${api}` }
})
