import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdirSync, realpathSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { dependenciesOf } from "../../../src/app/Dependencies.ts"
import { packageContents } from "../../../src/app/Package.ts"
import { bucketClient } from "../../../src/app/TaskStores.ts"
import { temporaryFolder } from "../../support/process.ts"

const install = (folder: string, manifest: object): void => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest))
  writeFileSync(join(folder, "index.js"), "")
}

/** A package that needs one other, and two if its user wants them, of which one is installed. */
const root = Effect.map(temporaryFolder, (folder) => {
  install(folder, {
    dependencies: { needed: "1" },
    peerDependencies: { [bucketClient]: "1", absent: "1" },
    peerDependenciesMeta: { [bucketClient]: { optional: true }, absent: { optional: true } },
  })
  install(join(folder, "node_modules/needed"), {})
  install(join(folder, "node_modules", bucketClient), { dependencies: { deeper: "1" } })
  install(join(folder, "node_modules/deeper"), {})
  for (const own of ["dist", "config"]) mkdirSync(join(folder, own))
  return realpathSync(folder)
})

const names = (folders: ReadonlyArray<string>) => folders.map((folder) => basename(folder)).toSorted()

describe("what a package needs", () => {
  it.live("is what it cannot do without, and of the rest what is wanted, with all that this needs", () =>
    Effect.gen(function* () {
      const folder = yield* root
      assert.deepStrictEqual(names(yield* dependenciesOf(folder)), ["needed"])
      const all = ["client-s3", "deeper", "needed"]
      assert.deepStrictEqual(names(yield* dependenciesOf(folder, [bucketClient])), all)
      const { message } = yield* Effect.flip(dependenciesOf(folder, ["absent"]))
      assert.include(message, "needs absent: it is not installed; `npm install absent` installs it")
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
  )

  it.live("takes the client of buckets along where a configuration keeps its tasks in one", () =>
    Effect.gen(function* () {
      const folder = yield* root
      const holds = Effect.fnUntraced(function* (text: string) {
        const config = join(folder, "some.yaml")
        writeFileSync(config, text)
        const contents = yield* packageContents({ root: folder, configs: [config] })
        return Object.keys(contents).some((name) => name.includes(bucketClient))
      })
      assert.isTrue(yield* holds("tasks:\n  store: s3\n  s3: { bucket: tasks }\n"))
      assert.isTrue(yield* holds('{ "tasks": { "store": "s3" } }'))
      assert.isFalse(yield* holds("tasks: { store: sqlite }\nsinks: [{ name: s3 }]\n"))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
  )
})
