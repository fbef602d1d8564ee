import { type Duration, Effect } from "effect"
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Accounts } from "../../../services/Collection.ts"
import {
  closingLine,
  statusOf,
  statusWhen as statusOnce,
  streamsOf,
  type StatusView,
} from "../../support/instance.ts"
import { eventually, type Program, request, startProgram } from "../../support/process.ts"
import { dataTypes } from "./messages.ts"
import type { Feed } from "./feed.ts"
import type { Judge } from "./goal.ts"

export interface CollectorOptions {
  /** Its working folder: configuration, journal and whatever else it writes. */
  readonly folder: string
  readonly feed: Feed
  readonly sinks: ReadonlyArray<object>
  /** Further sections, and `connections` of its venue. */
  readonly sections?: Readonly<Record<string, object>>
  readonly connections?: object
  readonly dataTypes?: ReadonlyArray<string>
  /** All that the feed has unless given. */
  readonly symbols?: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
  readonly deafStdout?: boolean
}

/** As `npm start` runs it. */
const nodeOptions = "--max-semi-space-size=16"

/** Writes its configuration and starts `millrace run` as a process of its own. */
export const startCollector = Effect.fnUntraced(function* (options: CollectorOptions) {
  const { feed, folder } = options
  const file = join(folder, "config.json")
  const configuration = {
    server: { host: "127.0.0.1", port: 0 },
    exchanges: {
      binance: {
        wsEndpoint: feed.venue.wsEndpoint,
        restEndpoint: feed.venue.restEndpoint,
        symbols: options.symbols ?? feed.venue.symbols,
        dataTypes: options.dataTypes ?? dataTypes,
        connections: { reconnectDelay: "100 millis", maxReconnectDelay: "2 seconds", ...options.connections },
      },
    },
    sinks: options.sinks,
    ...options.sections,
  }
  writeFileSync(file, JSON.stringify(configuration))
  return yield* startProgram(["run", "--config", file], {
    cwd: folder,
    env: { ...options.env, NODE_OPTIONS: `${nodeOptions} ${options.env?.["NODE_OPTIONS"] ?? ""}`.trim() },
    ...(options.deafStdout === true ? { deafStdout: true } : {}),
  })
})

/** Resident memory in MiB, 0 when it is gone. */
export const residentOf = (program: Program): number => {
  try {
    const status = readFileSync(`/proc/${program.process.pid}/status`, "utf8")
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/** Open files and sockets, but for a sink's records: a file of each stream is open while anything is written to it. */
export const descriptorsOf = (program: Program): number => {
  const folder = `/proc/${program.process.pid}/fd`
  return readdirSync(folder).filter((name) => {
    try {
      return !readlinkSync(join(folder, name)).endsWith(".jsonl")
    } catch {
      // It was closed meanwhile.
      return false
    }
  }).length
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, each) => total + each, 0)

/** The accounting identities, worked out here and not believed. */
export const identitiesBroken = ({ frames, records, sinks }: Accounts): ReadonlyArray<string> => {
  const identities: ReadonlyArray<readonly [string, number, number]> = [
    ["frames", frames.received, frames.decoded + frames.control + sum(frames.rejected) + frames.inFlight],
    [
      "records",
      records.produced,
      records.accepted + records.duplicate + sum(records.filtered) + sum(records.dropped) + records.inFlight,
    ],
    ...sinks.map(
      ({ accepted, deadLettered, delivered, dropped, name, waiting }) =>
        [`sink ${name}`, accepted, delivered + deadLettered + sum(dropped) + waiting] as const,
    ),
  ]
  return identities
    .filter(([, left, right]) => left !== right)
    .map(([name, left, right]) => `${name}: ${left} != ${right}`)
}

/** Judges the identities, and what was said of them. */
export const judgeIdentities = (judge: Judge, accounts: Accounts): void => {
  const broken = identitiesBroken(accounts)
  judge.state("the accounts balance", accounts.balanced && broken.length === 0, broken.join("; "))
}

/** The same as an instance tells them; gives what it told. */
export const judgeAccounts = Effect.fnUntraced(function* (api: string, judge: Judge) {
  const status = yield* statusOf(api)
  judgeIdentities(judge, status.accounts)
  return status
})

/** What stands in a socket may take a busy machine so long to be read on. */
const stillMillis = 1000

/** It is looked at so often meanwhile: who stands still himself sees nothing move, nor does his exchange send on. */
const stillLooks = 20

/** Waits until all that the exchange sent is accepted and every sink has it. The exchange must be silent. */
export const settled = Effect.fnUntraced(function* (api: string, seconds = 180) {
  let before = -1
  let since = 0
  let looks = 0
  return yield* statusWhen(
    api,
    "everything has arrived",
    ({ accounts }) => {
      const { received } = accounts.frames
      if (received !== before) {
        since = performance.now()
        looks = 0
      }
      before = received
      const still = ++looks > stillLooks && performance.now() - since >= stillMillis
      const { frames, records, sinks } = accounts
      return (
        still &&
        frames.inFlight === 0 &&
        records.inFlight === 0 &&
        sinks.every(({ waiting }) => waiting === 0)
      )
    },
    `${seconds} seconds`,
  )
})

interface GapView {
  readonly id: string
  readonly repair: string
}

/** Waits until of no gap it is still to be said what came of its repair. Looking costs something, so once a second. */
export const repaired = (api: string, seconds = 300) =>
  eventually(
    "every gap has its last word",
    Effect.sleep(1000).pipe(
      Effect.andThen(request(`${api}/api/v1/continuity?window=3%20hours&limit=10000`)),
      Effect.flatMap(({ text }) => {
        const { gaps } = JSON.parse(text) as { readonly gaps: ReadonlyArray<GapView> }
        const pending = gaps.filter(({ repair }) => repair === "pending")
        return pending.length === 0
          ? Effect.succeed(gaps.length)
          : Effect.fail(new Error(`${pending.length} are pending: ${pending[0]!.id} and others`))
      }),
    ),
    `${seconds} seconds`,
  )

/** Waits until each stream has its next record: it shows what is missing before it. */
export const eachGoesOn = Effect.fnUntraced(function* (api: string) {
  const before = new Map(streamsOf(yield* statusOf(api)).map(({ key, records }) => [key, records]))
  yield* statusWhen(api, "each stream goes on", (status) =>
    streamsOf(status).every(({ key, records }) => records > (before.get(key) ?? 0)),
  )
})

/** Restarts of its actors: only defects make them. */
export const restartsIn = ({ actors }: StatusView): number =>
  actors.reduce((total, { restarts }) => total + restarts, 0)

/** Asks it to stop; judges that it drained, and that its last word balances. */
export const stopCollector = Effect.fnUntraced(function* (program: Program, judge: Judge) {
  yield* program.kill("SIGTERM")
  const ended = yield* program.ended
  judge.state("it drains and exits with 0", ended.code === 0, JSON.stringify(ended))
  const closing = closingLine(program)
  judge.state("its last account balances", closing.balanced)
  return closing
})

/** Calls back with every record line of a folder of files, each file in order. */
export const eachRecordLine = (folder: string, onLine: (line: string) => void): void => {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()) {
    if (!name.endsWith(".jsonl")) continue
    const text = readFileSync(join(folder, name), "utf8")
    if (text !== "" && !text.endsWith("\n")) onLine(`${name} ends in a torn line`)
    for (const line of text.split("\n")) if (line !== "") onLine(line)
  }
}

/** Machines that run such things have more to do: a start may take its time. */
const patience = "3 minutes"

/** The origin of its API, once it listens. */
export const apiOf = (program: Program): Effect.Effect<string> =>
  eventually(
    "it serves its API",
    Effect.sync(() => {
      const { exitCode } = program.process
      if (exitCode !== null) return Effect.die(new Error(`it ended with ${exitCode}: ${program.stderr()}`))
      const api = /"API on (\S+), /.exec(program.stderr())?.[1]
      return api === undefined ? undefined : Effect.succeed(api)
    }),
    patience,
  ).pipe(Effect.flatten)

/** The status once it is as it should be. */
export const statusWhen = (
  api: string,
  what: string,
  holds: (status: StatusView) => boolean,
  within: Duration.Input = patience,
) => statusOnce(api, what, holds, within)

/** Until so many messages have left the exchange; says now and then how far it is. */
export const untilSent = (feed: Feed, count: number, progress: (said: string) => void, seconds = 3600) => {
  let told = performance.now()
  return eventually(
    `${count} messages are sent`,
    Effect.sync(() => {
      if (performance.now() - told > 10_000) {
        told = performance.now()
        progress(`${feed.messages()} of ${count} messages are sent`)
      }
      return feed.messages() >= count ? true : undefined
    }),
    `${seconds} seconds`,
  )
}
