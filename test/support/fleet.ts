import { Effect } from "effect"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { freePort, request, startProgram, temporaryFolder } from "./process.ts"

export interface FleetInstance {
  readonly id: string
  readonly owner?: string
  readonly epoch: number
  readonly outcome?: { readonly node: string; readonly status: number; readonly result: string }
  readonly checkpoints?: ReadonlyArray<{
    readonly row: string
    readonly symbols: Readonly<Record<string, unknown>>
  }>
}

/** Starts `millrace control`; in a folder of its own unless given. */
export const startControl = Effect.fnUntraced(function* (
  control: object = {},
  folder?: string,
  fixed?: number,
) {
  const cwd = folder ?? (yield* temporaryFolder)
  const port = fixed ?? (yield* freePort)
  writeFileSync(join(cwd, "control.json"), JSON.stringify({ server: { port }, control }))
  const program = yield* startProgram(["control", "--config", "control.json"], { cwd })
  yield* program.says(/^control plane on /)
  const origin = `http://127.0.0.1:${port}`
  const read = <A>(path: string) =>
    Effect.map(request(`${origin}${path}`), ({ text }) => JSON.parse(text) as A)
  return {
    ...program,
    cwd,
    port,
    task: (event: object) =>
      Effect.map(request(`${origin}/task`, "POST", event), ({ text }) => JSON.parse(text)),
    instances: read<ReadonlyArray<FleetInstance>>("/api/v1/instances"),
    nodes: read<ReadonlyArray<{ nodeId: string; presence: string; instances: number }>>("/api/v1/nodes"),
    origin,
  }
})

/** Every line of a files sink's folder. */
export const linesIn = (folder: string): ReadonlyArray<string> =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".jsonl"))
        .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n").slice(0, -1))
    : []
