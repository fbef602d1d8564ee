import { Result } from "effect"
import type { NodeService } from "../../services/ServerConfig.ts"
import { type Cron, parseCron } from "../domain/cron/Cron.ts"
import { nextFire } from "../domain/cron/CronNext.ts"

/** What a node's two files say together of its gateway and its heartbeat. */

type Service = typeof NodeService.Type

/** As the sections `gateway`, `heartbeat` and `server.service` have it. */
export interface Said {
  readonly gateway?: { readonly host?: string; readonly port?: number; readonly public: boolean }
  readonly heartbeat?: { readonly interval?: number }
  readonly services?: ReadonlyArray<Service>
}

export interface HeartbeatTimes {
  /** When the next one is due after a time, clock milliseconds. */
  readonly next: (after: number) => number
  /** Whether the first is sent at once. */
  readonly atOnce: boolean
}

export interface NodeSettings {
  readonly gateway: { readonly host: string; readonly port: number }
  readonly heartbeat: HeartbeatTimes
  readonly problems: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
}

const defaultPort = 9000
const defaultSeconds = 9

const loopback = /^(localhost|127(\.\d{1,3}){3}|::1)$/

const isGateway = ({ name }: Service): boolean => /(^|\.)gateway(\.|$)/.test(name)
const isHeartbeat = ({ name }: Service): boolean => /(^|\.)heartbeat\.timer$/.test(name)

interface TimerText {
  readonly cron: Cron
  readonly atOnce: boolean
}

/**
 * A timer's `network`: a cron expression whose six fields begin with the second, unlike those of triggers, and after a
 * question mark how it is scheduled.
 */
const readNetwork = (network: string): Result.Result<TimerText, string> => {
  const [, fields = "", options = ""] = /^(.*?)(?:\?(\w+=.*))?$/.exec(network) ?? []
  const count = fields.trim().split(/\s+/).length
  const cron = parseCron(count === 6 ? `${fields} *` : fields)
  if (Result.isFailure(cron)) return Result.fail(cron.failure.detail)
  return Result.succeed({
    cron: cron.success,
    atOnce: /^(1|true)$/.test(new URLSearchParams(options).get("startAtOnce") ?? ""),
  })
}

/** Multiples of the interval since the epoch: as a cron of so many seconds has them. */
const every = (seconds: number) => (after: number) => {
  const millis = seconds * 1000
  return (Math.floor(after / millis) + 1) * millis
}

const gatewayOf = ({ gateway, services = [] }: Said, warnings: Array<string>): NodeSettings["gateway"] => {
  const listed = services.find(isGateway)
  const port = gateway?.port ?? listed?.port ?? defaultPort
  if (gateway?.host !== undefined) return { host: gateway.host, port }
  const ip = listed?.ip
  if (ip === undefined || ip === "" || loopback.test(ip) || gateway?.public === true)
    return { host: ip === undefined || ip === "" ? "127.0.0.1" : ip, port }
  warnings.push(
    `the gateway listens on 127.0.0.1, not on ${ip} (service ${listed?.name}): whoever reaches it steers this node; say \`gateway: { public: true }\` if that is meant`,
  )
  return { host: "127.0.0.1", port }
}

export const nodeSettings = (said: Said): NodeSettings => {
  const problems: Array<string> = []
  const warnings: Array<string> = []
  let heartbeat: HeartbeatTimes = { next: every(said.heartbeat?.interval ?? defaultSeconds), atOnce: false }
  for (const service of said.services ?? []) {
    if (service.protocol !== "timer" || service.network === undefined || service.network === "") continue
    const read = readNetwork(service.network)
    if (Result.isFailure(read)) {
      problems.push(`service ${service.name}: its network "${service.network}" is no timer: ${read.failure}`)
    } else if (isHeartbeat(service)) {
      const { atOnce, cron } = read.success
      const byCron = (after: number) => nextFire(cron, after) ?? after + defaultSeconds * 1000
      heartbeat = { next: said.heartbeat?.interval === undefined ? byCron : heartbeat.next, atOnce }
    }
  }
  return { gateway: gatewayOf(said, warnings), heartbeat, problems, warnings }
}
