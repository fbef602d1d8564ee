import { Effect, FileSystem, Schema } from "effect"
import { fileURLToPath } from "node:url"

/** From the sources, and from the compiled program one folder deeper. */
const roots = ["../../", "../../../"].map((up) => fileURLToPath(new URL(up, import.meta.url)))

/** The path of a file that ships with the package, such as `config/default.yaml`. A package without it is broken. */
export const packageFile = Effect.fnUntraced(function* (name: string) {
  const fs = yield* FileSystem.FileSystem
  for (const root of roots) {
    if (yield* Effect.orElseSucceed(fs.exists(`${root}${name}`), () => false)) return `${root}${name}`
  }
  return yield* Effect.die(new Error(`${name} is missing from the millrace package; install it again`))
})

const Manifest = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))

/** The version of this package. */
export const packageVersion = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(yield* packageFile("package.json"))
  return (yield* Schema.decodeEffect(Manifest)(text)).version
}).pipe(Effect.orDie)
