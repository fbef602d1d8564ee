import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, type Path } from "effect"
import * as JsonFile from "../../../layers/instrument-store/JsonFile.ts"
import { InstrumentStore, type KeptInstruments } from "../../../services/InstrumentStore.ts"

const kept: KeptInstruments = {
  endpoint: "https://api.binance.com",
  at: 1_700_000_000_000,
  instruments: [
    {
      exchange: "binance",
      market: "spot",
      base: "币安人生",
      quote: "USDT",
      symbol: "币安人生-USDT",
      native: "币安人生USDT",
      status: "trading",
      quantityUnit: "base",
      tickSize: "0.00001000",
    },
  ],
}

const inFolder = <A, E>(body: (folder: string) => Effect.Effect<A, E, FileSystem.FileSystem | Path.Path>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      return yield* body(yield* files.makeTempDirectoryScoped())
    }),
  )

describe("the kept lists of instruments", () => {
  it.live("come back as they were, for each venue its own, in a folder that was not there", () =>
    inFolder((folder) => {
      const store = JsonFile.layer(`${folder}/made/instruments`)
      return Effect.gen(function* () {
        const { load, save } = yield* InstrumentStore
        assert.isUndefined(yield* load("binance"))
        yield* save("binance", kept)
        yield* save("okx", { ...kept, instruments: [] })
        yield* save("binance", { ...kept, at: kept.at + 1 })
        assert.deepStrictEqual(yield* load("binance"), { ...kept, at: kept.at + 1 })
        assert.deepStrictEqual((yield* load("okx"))?.instruments, [])
        assert.isUndefined(yield* load("htx"))
      }).pipe(Effect.provide(store))
    }).pipe(Effect.provide(NodeServices.layer)),
  )

  it.live("a file that cannot be understood is refused by its path", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        yield* files.writeFileString(`${folder}/binance.json`, '{"at":"yesterday"}')
        const { load } = yield* InstrumentStore
        const error = yield* Effect.flip(load("binance"))
        assert.include(error.message, `${folder}/binance.json: cannot read the list of instruments`)
      }).pipe(Effect.provide(JsonFile.layer(folder))),
    ).pipe(Effect.provide(NodeServices.layer)),
  )
})
