import { Clock, Context, Effect, Layer } from "effect"

/** Where the control plane is. */
export interface ServerAddress {
  readonly ip: string
  readonly port: number
  /** `http://127.0.0.1:19080` */
  readonly origin: string
}

/** What a probe may say of addresses; what is empty or absent changes nothing. */
export interface SaidAddresses {
  readonly serverIp?: string
  readonly serverPort?: number
  readonly serverUrl?: string
  readonly storageUrl?: string
  readonly storageRpc?: string
}

export interface NodeIdentity {
  /** Without one the node is not known to any control plane: it neither reports nor answers probes. */
  readonly id: string | undefined
  readonly version: string
  /** In Go's words: `linux`, `amd64`. */
  readonly os: string
  readonly arch: string
  /** What runs it, in the place of Go's version. */
  readonly engine: string
  readonly cpus: number
}

export interface Addresses {
  readonly server: ServerAddress | undefined
  readonly storageUrl: string
  readonly storageRpc: string | undefined
}

/** How heartbeats fared. */
export interface HeartbeatFigures {
  /** When the last one was answered, clock milliseconds. */
  readonly lastReport: number | undefined
  readonly reports: number
  readonly errors: number
}

/** What events came to. */
export interface WorkFigures {
  readonly succeeded: number
  readonly failed: number
  readonly lastError: string | undefined
}

interface Memory {
  addresses: Addresses
  heartbeats: HeartbeatFigures
  work: WorkFigures
}

/** Who this node is, whom it reports to, and how it has fared since its start. */
export class NodeState extends Context.Service<
  NodeState,
  {
    readonly identity: NodeIdentity
    readonly addresses: Effect.Effect<Addresses>
    /** Takes what is not empty; says whether that changed anything. */
    readonly learn: (said: SaidAddresses) => Effect.Effect<boolean>
    readonly heartbeats: Effect.Effect<HeartbeatFigures>
    readonly work: Effect.Effect<WorkFigures>
    readonly reported: (outcome: "ok" | "error") => Effect.Effect<void>
    /** A result of a task, or a call of the plugin that failed as a whole. */
    readonly worked: (outcome: { readonly error?: string }) => Effect.Effect<void>
  }
>()("millrace/nodes/NodeState") {
  static readonly layer = (identity: NodeIdentity, said: SaidAddresses): Layer.Layer<NodeState> =>
    Layer.sync(NodeState, () => make(identity, said))
}

export const bracketed = (host: string): string => (host.includes(":") ? `[${host}]` : host)

const ofParts = (ip: string, port: number): ServerAddress => ({
  ip,
  port,
  origin: `http://${bracketed(ip)}:${port}`,
})

/** What a URL says of a control plane; `undefined` where it is none of HTTP. */
export const addressOf = (text: string): ServerAddress | undefined => {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`)
  if (url === null || url.hostname === "" || !/^https?:$/.test(url.protocol)) return undefined
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port)
  return {
    ip: url.hostname.replace(/^\[|\]$/g, ""),
    port,
    origin: `${url.origin}${url.pathname.replace(/\/+$/, "")}`,
  }
}

/** Host and port alone count before a URL; either of them may come without the other. */
const serverOf = (said: SaidAddresses, known: ServerAddress | undefined): ServerAddress | undefined => {
  const url = said.serverUrl === undefined || said.serverUrl === "" ? undefined : addressOf(said.serverUrl)
  const ip = said.serverIp === "" ? undefined : said.serverIp
  const port = said.serverPort === 0 ? undefined : said.serverPort
  if (ip === undefined && port === undefined) return url ?? known
  const whole = { ip: ip ?? url?.ip ?? known?.ip, port: port ?? url?.port ?? known?.port }
  if (whole.ip === undefined || whole.port === undefined) return url ?? known
  // The URL may say more than host and port, such as TLS.
  if (url !== undefined && url.ip === whole.ip && url.port === whole.port) return url
  return ofParts(whole.ip, whole.port)
}

const filled = (said: string | undefined): string | undefined => (said === "" ? undefined : said)

const learned = (known: Addresses, said: SaidAddresses): Addresses => ({
  server: serverOf(said, known.server),
  storageUrl: filled(said.storageUrl) ?? known.storageUrl,
  storageRpc: filled(said.storageRpc) ?? known.storageRpc,
})

const same = (left: Addresses, right: Addresses): boolean =>
  left.server?.origin === right.server?.origin &&
  left.storageUrl === right.storageUrl &&
  left.storageRpc === right.storageRpc

const make = (identity: NodeIdentity, said: SaidAddresses): NodeState["Service"] => {
  const nothing: Addresses = { server: undefined, storageUrl: "", storageRpc: undefined }
  const memory: Memory = {
    addresses: learned(nothing, said),
    heartbeats: { lastReport: undefined, reports: 0, errors: 0 },
    work: { succeeded: 0, failed: 0, lastError: undefined },
  }
  return NodeState.of({
    identity,
    addresses: Effect.sync(() => memory.addresses),
    learn: (next) =>
      Effect.sync(() => {
        const addresses = learned(memory.addresses, next)
        if (same(addresses, memory.addresses)) return false
        memory.addresses = addresses
        return true
      }),
    heartbeats: Effect.sync(() => memory.heartbeats),
    work: Effect.sync(() => memory.work),
    reported: (outcome) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const { errors, lastReport, reports } = memory.heartbeats
        memory.heartbeats =
          outcome === "ok"
            ? { lastReport: now, reports: reports + 1, errors }
            : { lastReport, reports, errors: errors + 1 }
      }),
    worked: ({ error }) =>
      Effect.sync(() => {
        const { failed, lastError, succeeded } = memory.work
        memory.work =
          error === undefined
            ? { succeeded: succeeded + 1, failed, lastError }
            : { succeeded, failed: failed + 1, lastError: error }
      }),
  })
}
