import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { bootstrap } from "../../../src/app/Package.ts"
import { temporaryFolder } from "../../support/process.ts"

/** A function's folder, with a `node` that says where it is, what it was told, and that it can work there. */
const unpacked = Effect.map(temporaryFolder, (folder) => {
  mkdirSync(join(folder, "bin"))
  mkdirSync(join(folder, "own"))
  writeFileSync(join(folder, "own/plugin.py"), "the plugin\n")
  writeFileSync(
    join(folder, "bin/node"),
    '#!/bin/sh\necho "$PWD"\necho "$@"\ncat own/plugin.py\necho "$MILLRACE_GATEWAY__PORT" > data && echo written\n',
    { mode: 0o755 },
  )
  writeFileSync(join(folder, "scf_bootstrap"), bootstrap(["configs/1-config.yaml"], "app/src/main.ts"), {
    mode: 0o755,
  })
  return folder
})

/** Nobody in particular: root may write anywhere. */
const anybody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

const start = (folder: string, temporary: string) => {
  const { stderr, stdout } = spawnSync(join(folder, "scf_bootstrap"), {
    ...anybody,
    cwd: "/",
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin", TMPDIR: temporary, PORT: "9100" },
  })
  assert.strictEqual(stderr, "")
  return stdout.trimEnd().split("\n")
}

describe("the start program of a package", () => {
  const told = ["app/src/main.ts node --config configs/1-config.yaml", "the plugin", "written"]

  it.live("works in the folder that the function was unpacked to", () =>
    Effect.gen(function* () {
      const [folder, temporary] = [yield* unpacked, yield* temporaryFolder]
      chmodSync(folder, 0o777)
      assert.deepStrictEqual(start(folder, temporary), [folder, ...told])
    }),
  )

  it.live(
    "works in the temporary folder where a cloud lets nobody write to the function's own, again and again",
    () =>
      Effect.gen(function* () {
        const [folder, temporary] = [yield* unpacked, yield* temporaryFolder]
        chmodSync(folder, 0o555)
        chmodSync(temporary, 0o777)
        const work = join(temporary, "millrace")
        for (let time = 0; time < 2; time++) assert.deepStrictEqual(start(folder, temporary), [work, ...told])
        assert.deepStrictEqual(readdirSync(folder).toSorted(), ["bin", "own", "scf_bootstrap"])
        assert.deepStrictEqual(readdirSync(join(folder, "own")), ["plugin.py"])
        chmodSync(folder, 0o755)
      }),
  )
})
