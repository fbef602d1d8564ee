import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeSimulator, type VenueName } from "../../../../src/simulator/index.ts"
import { readSession, recordingsAbsent } from "../../../support/recordings.ts"
import { get } from "../support/client.ts"

/** The order of the fields and the form of every value: `{e:text,E:number,…,b:[[decimal,decimal]]}`. */
const shape = (value: unknown): string => {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `[${shape(value[0])}]`
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(
        ([key, each]) =>
          `${key}:${key === "i" || key === "s" || key === "e" || key === "X" ? "text" : shape(each)}`,
      )
      .join(",")}}`
  if (typeof value === "string") return /^-?\d+(\.\d+)?$/.test(value) ? "decimal" : "text"
  return typeof value
}

/** Kind of message → the shapes in which it was seen. Empty sides of a book tell nothing. */
const shapesOf = (payloads: ReadonlyArray<readonly [kind: string, text: string]>) => {
  const shapes = new Map<string, Set<string>>()
  for (const [kind, text] of payloads) {
    const seen = shape(JSON.parse(text))
    if (seen.includes("[]")) continue
    shapes.set(kind, (shapes.get(kind) ?? new Set()).add(seen))
  }
  return shapes
}

const recorded: Readonly<Record<VenueName, ReadonlyArray<string>>> = {
  binance: ["binance/2021-10-12", "binance/2024-08-08-ethusdt"],
  "binance-usdm": ["binance-usdm/2021-10-12", "binance-usdm/2024-08-08-ethusdt"],
}

const kindOfRest = (url: string): string | undefined => /\/(depth|klines)\?/.exec(url)?.[1]

const recordedShapes = (venue: VenueName) =>
  shapesOf(
    recorded[venue]!.flatMap(readSession).flatMap(({ dir, raw, url }) => {
      if (raw === undefined) return []
      if (dir === "rest") return kindOfRest(url ?? "") === "depth" ? [["rest depth", raw] as const] : []
      const frame = JSON.parse(raw) as { stream?: string; data?: unknown }
      const kind = frame.stream?.split("@")[1]
      return kind === undefined ? [] : [[kind, JSON.stringify(frame.data)] as const]
    }),
  )

describe.skipIf(recordingsAbsent)("the simulator's messages", () => {
  it.live("have the fields of the recorded ones, in their order, in their form", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: ["ETH-USDT"], rate: 200 })
      for (const { restEndpoint, truth, venue } of simulator.venues) {
        const real = recordedShapes(venue)
        expect([...real.keys()].toSorted()).toEqual(
          ["aggTrade", "bookTicker", "depth", "kline_1m", "rest depth", "trade"].filter((kind) =>
            real.has(kind),
          ),
        )
        expect(real.size).toBeGreaterThanOrEqual(6)
        const to = simulator.now()
        for (const [kind, shapes] of real) {
          if (kind === "rest depth") continue
          const ours = shapesOf(
            truth(`ethusdt@${kind}`, to - 60_000, to).map((text) => [kind, text] as const),
          )
          expect([venue, kind, [...(ours.get(kind) ?? [])]]).toEqual([venue, kind, [...shapes]])
        }
        const path = venue === "binance" ? "/api/v3" : "/fapi/v1"
        const depth = yield* get(`${restEndpoint}${path}/depth?symbol=ETHUSDT&limit=1000`)
        expect([shape(depth.json)]).toEqual([...real.get("rest depth")!])
      }
    }),
  )
})

describe("digits", () => {
  it.live("are eight decimals on spot, and those of tick and step on USD-M", () =>
    Effect.gen(function* () {
      const simulator = yield* makeSimulator({ symbols: ["ETH-USDT", "DOGE-USDT", "ETH-BTC"], rate: 100 })
      for (const { restEndpoint, symbols, truth, venue } of simulator.venues) {
        const path = venue === "binance" ? "/api/v3" : "/fapi/v1"
        const info = (yield* get(`${restEndpoint}${path}/exchangeInfo`)).json
        const to = simulator.now()
        symbols.forEach((native, index) => {
          const filters = info["symbols"][index].filters as ReadonlyArray<Record<string, string>>
          const decimals = (field: string) =>
            filters.find((filter) => filter[field] !== undefined)![field]!.split(".")[1]?.length ?? 0
          for (const text of truth(`${native.toLowerCase()}@trade`, to - 20_000, to)) {
            const { p, q } = JSON.parse(text) as { p: string; q: string }
            expect(p.split(".")[1]?.length ?? 0).toBe(decimals("tickSize"))
            expect(q.split(".")[1]?.length ?? 0).toBe(decimals("stepSize"))
            if (venue === "binance") expect(p).toMatch(/^\d+\.\d{8}$/)
          }
        })
      }
    }),
  )
})
