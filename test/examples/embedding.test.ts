import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Consumer, installConsumer, type Manifest, manifestOf, root, run } from "./consumer.ts"

let consumer: Consumer
let manifest: Manifest

beforeAll(() => {
  consumer = installConsumer()
  manifest = manifestOf(consumer.installed)
})
afterAll(() => consumer?.remove())

const node = (...options: ReadonlyArray<string>) => run(process.execPath, options, consumer.folder)

/** The modules of the exports map: `millrace`, `millrace/runtime`, … */
const modules = Object.entries(manifestOf(root).exports).flatMap(([path, target]) =>
  typeof target === "string" ? [] : [path.replace(/^\./, "millrace")],
)

describe("the packed tarball", () => {
  it("is what publint accepts", () => {
    const publint = join(root, "node_modules/publint/src/cli.js")
    expect(run(process.execPath, [publint, "run", consumer.tarball, "--strict"], root)).toContain("All good!")
  })

  it("brings the command, built of this source", () => {
    expect(node(join(consumer.folder, "node_modules/.bin/millrace"), "--help")).toContain("millrace")
    expect(readFileSync(join(consumer.installed, manifest.bin["millrace"] ?? ""), "utf8")).toMatch(
      /^#!\/usr\/bin\/env node\n/,
    )
  })

  it("brings a source map with its source for every module, and nothing of the tests or the tools", () => {
    const main = join(consumer.installed, "dist/src/main.js")
    const map = JSON.parse(readFileSync(`${main}.map`, "utf8")) as { sourcesContent: ReadonlyArray<string> }
    expect(map.sourcesContent).toEqual([readFileSync(join(root, "src/main.ts"), "utf8")])
    for (const folder of ["src", "test", "scripts", "dist/test", "dist/scripts", "node_modules/effect"]) {
      expect(existsSync(join(consumer.installed, folder)), folder).toBe(false)
    }
  })

  for (const name of modules) {
    it(`exports ${name} to ES modules and to CommonJS`, () => {
      const names = "console.log(Object.keys(m).length > 0)"
      expect(node("--input-type=module", "-e", `import * as m from "${name}"; ${names}`)).toBe("true\n")
      expect(node("--input-type=commonjs", "-e", `const m = require("${name}"); ${names}`)).toBe("true\n")
    })
  }

  it("shows no file that the exports map does not name", () => {
    const script = `await import("millrace/dist/src/main.js").catch((error) => console.log(error.code))`
    expect(node("--input-type=module", "-e", script)).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED\n")
  })

  for (const [module, moduleResolution] of [
    ["NodeNext", "NodeNext"],
    ["ESNext", "Bundler"],
  ]) {
    it(`has declarations that compile strictly under ${moduleResolution}`, () => {
      const name = `types-${moduleResolution}`
      const imports = modules.map((specifier, index) => `export * as m${index} from "${specifier}"`)
      writeFileSync(join(consumer.folder, `${name}.ts`), `${imports.join("\n")}\n`)
      // Not skipLibCheck: a declaration that does not find its neighbour would be `any` in silence.
      const options = { target: "ES2024", module, moduleResolution, strict: true, noEmit: true, types: [] }
      writeFileSync(
        join(consumer.folder, `${name}.json`),
        JSON.stringify({ compilerOptions: options, files: [`${name}.ts`] }),
      )
      const tsc = join(root, "node_modules/typescript/bin/tsc")
      const { stderr, stdout } = spawnSync(process.execPath, [tsc, "-p", `${name}.json`], {
        cwd: consumer.folder,
        encoding: "utf8",
      })
      expect(stderr).toBe("")
      // Declarations of other packages may err without `node`'s types or the DOM's: that is theirs.
      const ours = stdout.split("\n").filter((line) => /^(types-|node_modules.millrace)/.test(line))
      expect(ours).toEqual([])
    })
  }
})
