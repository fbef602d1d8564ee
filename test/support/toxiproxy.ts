import { mkdtempSync } from "node:fs"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { absent, addressesOf, runFolder, runScript, up } from "./servers.ts"

export interface Toxic {
  readonly type: "reset_peer" | "limit_data" | "timeout" | "latency"
  /** `downstream` is from the server to the client. */
  readonly stream: "upstream" | "downstream"
  readonly attributes: Readonly<Record<string, number>>
}

export interface Toxiproxy {
  /** Listens at `listen` and passes on to `upstream`, until its scope closes. */
  readonly proxy: (name: string, listen: string, upstream: string) => Effect.Effect<void, never, Scope.Scope>
  /** From now on, for connections that are there and new ones. */
  readonly add: (proxy: string, toxic: Toxic) => Effect.Effect<void>
  readonly remove: (proxy: string, type: Toxic["type"]) => Effect.Effect<void>
  readonly stop: () => void
}

/** A Toxiproxy for one test file; `stop` it at the end. `undefined` where there is none. */
export const ownToxiproxy = (): Toxiproxy | undefined => {
  const folder = mkdtempSync(join(runFolder(), "toxiproxy-"))
  const result = up("toxiproxy.sh", folder, (port) => [String(port)])
  if (!result.ok) return absent("Toxiproxy", result.complaint)
  const { api = "" } = addressesOf(result.output)
  const call = (method: string, path: string, body?: object) =>
    Effect.promise(() =>
      fetch(`${api}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
    ).pipe(
      Effect.filterOrElse(
        (response) => response.ok,
        (response) => Effect.die(new Error(`Toxiproxy: ${method} ${path}: ${response.status}`)),
      ),
      Effect.asVoid,
    )
  return {
    proxy: (name, listen, upstream) =>
      Effect.acquireRelease(call("POST", "/proxies", { name, listen, upstream, enabled: true }), () =>
        call("DELETE", `/proxies/${name}`),
      ),
    add: (proxy, toxic) =>
      call("POST", `/proxies/${proxy}/toxics`, { ...toxic, name: toxic.type, toxicity: 1 }),
    remove: (proxy, type) => call("DELETE", `/proxies/${proxy}/toxics/${type}`),
    stop: () => void runScript("toxiproxy.sh", ["down", folder]),
  }
}
