import { assert } from "@effect/vitest"
import { type Duration, Effect, Schema } from "effect"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { parseRecord } from "../../src/domain/Record.ts"
import { Stats, Status } from "../../src/edge/ApiSchema.ts"
import { eventually, type Program, request } from "./process.ts"

const decodeStatus = Schema.decodeUnknownEffect(Status)
const decodeStats = Schema.decodeUnknownEffect(Stats)

export type StatusView = typeof Status.Type

const json = (url: string) => Effect.map(request(url), ({ text }) => JSON.parse(text) as unknown)

export const statusOf = (api: string) => Effect.flatMap(json(`${api}/api/v1/status`), decodeStatus)

export const statsOf = (api: string) => Effect.flatMap(json(`${api}/api/v1/stats`), decodeStats)

/** What tells most, for a test that waits in vain. */
const glance = ({ accounts, reasons, venues }: StatusView): string =>
  JSON.stringify({
    reasons,
    accounts,
    connections: venues.flatMap(({ connections }) => connections),
    states: Object.groupBy(
      venues.flatMap(({ streams }) => streams.map(({ key, state, joined }) => ({ key, state, joined }))),
      ({ state }) => state,
    ),
  })

/** The status once it is as it should be. */
export const statusWhen = (
  api: string,
  what: string,
  holds: (status: StatusView) => boolean,
  within?: Duration.Input,
) =>
  eventually(
    what,
    Effect.flatMap(statusOf(api), (status) =>
      holds(status) ? Effect.succeed(status) : Effect.fail(new Error(glance(status))),
    ),
    within,
  )

export const streamsOf = (status: StatusView) => status.venues.flatMap(({ streams }) => streams)

export const allLive = (status: StatusView): boolean =>
  status.ready && streamsOf(status).every(({ state, joined }) => state === "live" && joined !== false)

/** Why an instance is not ready; empty when it is. */
export const unreadyReasons = (api: string) =>
  Effect.map(request(`${api}/ready`), ({ status, text }) => {
    const { ready, reasons } = JSON.parse(text) as { ready: boolean; reasons: ReadonlyArray<string> }
    assert.strictEqual(status, ready ? 200 : 503)
    assert.strictEqual(ready, reasons.length === 0)
    return reasons
  })

/** What it said last of all. */
export const closingLine = (program: Program) => {
  const last = program.log().at(-1)
  assert.match(last?.message ?? "", /^stopped: /, program.stderr())
  return last as unknown as {
    readonly accepted: number
    readonly balanced: boolean
    readonly inFlight: { readonly frames: number; readonly records: number }
    readonly sinks: ReadonlyArray<{
      readonly name: string
      readonly delivered: number
      readonly waiting: number
    }>
  }
}

/** The lines of files, by `<type>/<exchange>/<symbol>/<day>`. */
export type RecordFiles = ReadonlyMap<string, ReadonlyArray<string>>

/** The lines of every file of records below a folder; fails when one is torn. */
export const recordFiles = (folder: string, torn: "fails" | "left out" = "fails"): RecordFiles => {
  if (!existsSync(folder)) return new Map()
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".jsonl"),
  )
  return new Map(
    names.map((name) => {
      const text = readFileSync(join(folder, name), "utf8")
      if (torn === "fails")
        assert.isTrue(text === "" || text.endsWith("\n"), `${name} ends in a torn line: ${text.slice(-100)}`)
      return [name.replace(/\.jsonl$/, ""), text.split("\n").slice(0, -1)]
    }),
  )
}

export const linesIn = (files: RecordFiles): number =>
  [...files.values()].reduce((sum, lines) => sum + lines.length, 0)

/** Every line is a record of the file that it stands in, valid field by field, and none is there twice. */
export const wholeAndOnce = (files: RecordFiles): void => {
  for (const [name, lines] of files) {
    const ids = new Set<string>()
    for (const line of lines) {
      const record = parseRecord(line)
      const { type, exchange, symbol, timestamp } = record
      // A gap's later states repeat its id.
      const id = record.type === "gap" ? `${record.id} ${record.revision}` : record.id
      assert.strictEqual(
        `${type}/${exchange}/${symbol}/${new Date(timestamp).toISOString().slice(0, 10)}`,
        name,
      )
      assert.isFalse(ids.has(id), `${name} holds ${id} twice`)
      ids.add(id)
    }
  }
}

const tradeId = (line: string): number => {
  const record = parseRecord(line)
  return record.type === "trade" ? Number(record.data.tradeId) : Number.NaN
}

/** The trade ids of each symbol, in the order of the file. */
export const tradeIds = (files: RecordFiles): ReadonlyMap<string, ReadonlyArray<number>> =>
  new Map(
    [...files]
      .filter(([name]) => name.startsWith("trade/"))
      .map(([name, lines]) => [name, lines.map(tradeId)]),
  )

/** Nothing is missing between the first and the last. */
export const contiguous = (ids: ReadonlyMap<string, ReadonlyArray<number>>): void => {
  for (const [name, each] of ids)
    each.forEach((id, index) => {
      if (index > 0) assert.strictEqual(id, each[index - 1]! + 1, `${name}: after ${each[index - 1]}`)
    })
}

/** Each line of its log has what a reader of logs looks for. */
export const wellFormed = (program: Program): void => {
  assert.isTrue(program.stderr() === "" || program.stderr().endsWith("\n"))
  for (const line of program.log()) {
    assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.include(["trace", "debug", "info", "warn", "error", "fatal"], line.level)
    assert.isNotEmpty(line.message)
  }
}
