import { Effect, FileSystem, Layer, Path, type PlatformError, Schema } from "effect"
import { InstrumentStore, InstrumentStoreError, KeptInstruments } from "../../services/InstrumentStore.ts"

const File = Schema.fromJsonString(KeptInstruments)
const decode = Schema.decodeUnknownEffect(File)
const encode = Schema.encodeEffect(File)

/** A JSON file for each venue in a folder, written whole to a temporary name and renamed over the old one. */
export const layer = (
  folder: string,
): Layer.Layer<InstrumentStore, never, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    InstrumentStore,
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const paths = yield* Path.Path
      const pathOf = (venue: string) => paths.join(folder, `${venue}.json`)
      const failed =
        (venue: string, what: string) => (error: PlatformError.PlatformError | Schema.SchemaError) =>
          new InstrumentStoreError({ path: pathOf(venue), detail: `cannot ${what}: ${error.message}` })

      return InstrumentStore.of({
        load: (venue) =>
          Effect.gen(function* () {
            const path = pathOf(venue)
            if (!(yield* files.exists(path))) return undefined
            return yield* decode(yield* files.readFileString(path))
          }).pipe(Effect.mapError(failed(venue, "read the list of instruments that was kept"))),
        save: (venue, kept) =>
          Effect.gen(function* () {
            const path = pathOf(venue)
            yield* files.makeDirectory(folder, { recursive: true })
            yield* files.writeFileString(`${path}.new`, yield* encode(kept))
            yield* files.rename(`${path}.new`, path)
          }).pipe(Effect.uninterruptible, Effect.mapError(failed(venue, "keep the list of instruments"))),
      })
    }),
  )

/** Nothing outlives the process: for embedding, replays and tests. */
export const layerMemory: Layer.Layer<InstrumentStore> = Layer.sync(InstrumentStore, () => {
  const kept = new Map<string, KeptInstruments>()
  return InstrumentStore.of({
    load: (venue) => Effect.sync(() => kept.get(venue)),
    save: (venue, list) => Effect.sync(() => void kept.set(venue, list)),
  })
})
