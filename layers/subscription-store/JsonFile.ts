import { Effect, FileSystem, Layer, Path, type PlatformError, Schema, Semaphore } from "effect"
import {
  noChanges,
  type SubscriptionChanges,
  SubscriptionStore,
  SubscriptionStoreError,
} from "../../services/SubscriptionStore.ts"

const Request = Schema.Struct({
  venue: Schema.String,
  symbols: Schema.Array(Schema.String),
  dataTypes: Schema.Array(Schema.String),
})

const Changes = Schema.fromJsonString(
  Schema.Struct({ added: Schema.Array(Request), removed: Schema.Array(Request) }),
)

const decode = Schema.decodeUnknownEffect(Changes)
const encode = Schema.encodeEffect(Changes)

/** One JSON file, written whole: to a temporary name, synced, then renamed over the old one. */
export const layer = (
  path: string,
): Layer.Layer<SubscriptionStore, never, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    SubscriptionStore,
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const paths = yield* Path.Path
      const turn = yield* Semaphore.make(1)
      const failed = (what: string) => (error: PlatformError.PlatformError | Schema.SchemaError) =>
        new SubscriptionStoreError({ path, detail: `cannot ${what}: ${error.message}` })

      const load = Effect.gen(function* () {
        if (!(yield* files.exists(path))) return noChanges
        return yield* decode(yield* files.readFileString(path))
      }).pipe(
        Effect.mapError(
          failed(
            "read the subscriptions made at run time; mend the file, or move it away to go on without them",
          ),
        ),
      )

      const write = Effect.fnUntraced(function* (changes: SubscriptionChanges) {
        const temporary = `${path}.new`
        yield* files.makeDirectory(paths.dirname(path), { recursive: true })
        const text = yield* encode(changes)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const file = yield* files.open(temporary, { flag: "w" })
            yield* file.writeAll(new TextEncoder().encode(text))
            yield* file.sync
          }),
        )
        yield* files.rename(temporary, path)
      })

      return SubscriptionStore.of({
        load,
        save: (changes) =>
          turn.withPermits(1)(
            Effect.mapError(
              Effect.uninterruptible(write(changes)),
              failed("keep the subscriptions made at run time"),
            ),
          ),
      })
    }),
  )

/** Nothing outlives the process: for embedding and tests. */
export const layerMemory: Layer.Layer<SubscriptionStore> = Layer.sync(SubscriptionStore, () => {
  let kept = noChanges
  return SubscriptionStore.of({
    load: Effect.sync(() => kept),
    save: (changes) =>
      Effect.sync(() => {
        kept = changes
      }),
  })
})
