import { Result } from "effect"
import type { ConsumerOptions } from "../../../services/MessageQueue.ts"
import type { TapFilter } from "../../../services/Tap.ts"
import { parseCron } from "../../domain/cron/Cron.ts"
import { timeZone, utc } from "../../domain/cron/TimeZone.ts"
import { recordTypes } from "../../domain/DataType.ts"
import type { TimerSettings } from "./Timer.ts"

/** A trigger as it is configured. */
export interface TriggerEntry {
  readonly name: string
  readonly type: string
  readonly settings?: Readonly<Record<string, unknown>>
}

export interface NatsSettings {
  readonly name: string
  readonly options: ConsumerOptions
}

export interface HttpSettings {
  readonly name: string
  readonly path: `/${string}`
  readonly method: "GET" | "POST" | "PUT"
}

export interface RecordSettings {
  readonly name: string
  readonly filter: TapFilter
  readonly batchSize: number
  readonly maxDeliver: number
}

/** The triggers of a node, by what fires them. */
export interface TriggerSettings {
  readonly timers: ReadonlyArray<TimerSettings>
  readonly nats: ReadonlyArray<NatsSettings>
  readonly http: ReadonlyArray<HttpSettings>
  readonly record: ReadonlyArray<RecordSettings>
  /** Everything that is wrong, each with its trigger's name. */
  readonly problems: ReadonlyArray<string>
  /** Keys that other programs know and this one has no use for. */
  readonly warnings: ReadonlyArray<string>
}

const known: Readonly<Record<string, ReadonlyArray<string>>> = {
  timer: ["cron", "startAtOnce"],
  nats: [
    "url",
    "stream",
    "subject",
    "consumer_name",
    "batch_size",
    "ack_wait",
    "max_deliver",
    "fetch_max_wait",
  ],
  http: ["path", "method"],
  record: ["venue", "type", "symbol", "batch_size", "max_deliver"],
}

/** Reads one trigger's settings, and collects what is wrong with them. */
class Reader {
  readonly #entry: TriggerEntry
  readonly #what: string
  readonly #problems: Array<string>

  constructor(entry: TriggerEntry, what: string, problems: Array<string>) {
    this.#entry = entry
    this.#what = what
    this.#problems = problems
  }

  problem(detail: string): void {
    this.#problems.push(`${this.#what} trigger "${this.#entry.name}" ${detail}`)
  }

  value(key: string): unknown {
    const value = this.#entry.settings?.[key]
    return value === null || value === "" ? undefined : value
  }

  text(key: string): string | undefined {
    const value = this.value(key)
    if (value === undefined || typeof value === "string") return value
    this.problem(`has a ${key} that is no text: ${JSON.stringify(value)}`)
    return undefined
  }

  required(key: string): string {
    const value = this.text(key)
    if (this.value(key) === undefined) this.problem(`missing ${key} setting`)
    return value ?? ""
  }

  count(key: string, fallback: number): number {
    const value = this.value(key)
    if (value === undefined) return fallback
    if (typeof value === "number" && Number.isInteger(value) && value > 0) return value
    this.problem(`has a ${key} that is no whole number above 0: ${JSON.stringify(value)}`)
    return fallback
  }
}

const isOn = (value: unknown): boolean => value === true || value === 1 || value === "1" || value === "true"

const readTimer = (
  reader: Reader,
  name: string,
  zoneName: string | undefined,
): ReadonlyArray<TimerSettings> => {
  const expression = reader.required("cron")
  if (expression === "") return []
  const cron = parseCron(expression)
  if (Result.isFailure(cron)) {
    reader.problem(`has a cron "${expression}" that is none: ${cron.failure.detail}`)
    return []
  }
  const zone = zoneName === undefined || zoneName === "" ? utc : timeZone(zoneName)
  if (zone === undefined) {
    reader.problem(
      `cannot know when it is due: this machine knows no time zone "${zoneName}" (system.timeZone)`,
    )
    return []
  }
  return [{ name, cron: cron.success, zone, startAtOnce: isOn(reader.value("startAtOnce")) }]
}

const natsUrl = /^(nats|tls|ws|wss):\/\/[^\s,]+(,[^\s]+)*$/

const readNats = (reader: Reader, name: string): NatsSettings => {
  const url = reader.required("url")
  if (url !== "" && !natsUrl.test(url)) reader.problem(`has a url that is none of NATS: "${url}"`)
  return {
    name,
    options: {
      url,
      stream: url === "" ? (reader.text("stream") ?? "") : reader.required("stream"),
      subject: reader.text("subject") ?? "",
      consumerName: reader.text("consumer_name") ?? name,
      batchSize: reader.count("batch_size", 10),
      ackWaitSeconds: reader.count("ack_wait", 30),
      maxDeliver: reader.count("max_deliver", 3),
      fetchMaxWaitSeconds: reader.count("fetch_max_wait", 5),
    },
  }
}

const methods = ["GET", "POST", "PUT"] as const
const taken = new Set(["/health", "/probe", "/task"])

const readHttp = (reader: Reader, name: string): HttpSettings => {
  const path = reader.text("path") ?? `/trigger/${name}`
  if (!/^\/[\w\-./]*$/.test(path) || taken.has(path))
    reader.problem(
      `has a path that cannot be had: "${path}"; it begins with / and is none of the gateway's own`,
    )
  const said = reader.text("method") ?? "POST"
  const method = methods.find((each) => each === said.toUpperCase())
  if (method === undefined) reader.problem(`has a method "${said}"; known: ${methods.join(", ")}`)
  return { name, path: path as `/${string}`, method: method ?? "POST" }
}

const readRecord = (reader: Reader, name: string): RecordSettings => {
  const venue = reader.text("venue")
  const symbol = reader.text("symbol")
  const said = reader.text("type")
  const type = recordTypes.find((each) => each === said)
  if (said !== undefined && type === undefined)
    reader.problem(`wants records of type "${said}"; known: ${recordTypes.join(", ")}`)
  return {
    name,
    filter: {
      ...(venue === undefined ? {} : { venue }),
      ...(symbol === undefined ? {} : { symbol }),
      ...(type === undefined ? {} : { type }),
    },
    batchSize: reader.count("batch_size", 100),
    maxDeliver: reader.count("max_deliver", 3),
  }
}

/** Reads all triggers of a configuration. */
export const readTriggers = (
  entries: ReadonlyArray<TriggerEntry>,
  options: { readonly timeZone?: string | undefined } = {},
): TriggerSettings => {
  const problems: Array<string> = []
  const warnings: Array<string> = []
  const names = new Set<string>()
  const found = {
    timers: [] as Array<TimerSettings>,
    nats: [] as Array<NatsSettings>,
    http: [] as Array<HttpSettings>,
    record: [] as Array<RecordSettings>,
  }
  for (const entry of entries) {
    const { name, type } = entry
    if (names.has(name)) problems.push(`two triggers are named "${name}"`)
    names.add(name)
    const reader = new Reader(entry, type === "nats" ? "NATS" : type, problems)
    if (type === "timer") found.timers.push(...readTimer(reader, name, options.timeZone))
    else if (type === "nats") found.nats.push(readNats(reader, name))
    else if (type === "http") found.http.push(readHttp(reader, name))
    else if (type === "record") found.record.push(readRecord(reader, name))
    else
      problems.push(
        `unknown trigger type "${type}" for trigger "${name}"; known: ${Object.keys(known).join(", ")}`,
      )
    const odd = Object.keys(entry.settings ?? {}).filter((key) => known[type]?.includes(key) === false)
    if (odd.length > 0) warnings.push(`trigger "${name}": not used: ${odd.join(", ")}`)
  }
  return { ...found, problems, warnings }
}
