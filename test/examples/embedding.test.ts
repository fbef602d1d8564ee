import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { start } from "../support/command.ts"
import {
  type Consumer,
  copyExample,
  installConsumer,
  type Manifest,
  manifestOf,
  root,
  run,
} from "./consumer.ts"
import { startOtlpReceiver } from "./otlpReceiver.ts"

let consumer: Consumer
let manifest: Manifest

/** It is built, packed and installed as for its users; compiled by them. */
const [installing, compiling] = [600_000, 240_000]

beforeAll(() => {
  consumer = installConsumer()
  manifest = manifestOf(consumer.installed)
}, installing)
afterAll(() => consumer?.remove())

const node = (...options: ReadonlyArray<string>) => run(process.execPath, options, consumer.folder)

/** A CommonJS program in a file: in `--eval` some of what it requires does not find itself. */
const commonJs = (text: string): string => {
  const file = join(consumer.folder, "program.cjs")
  writeFileSync(file, text)
  return node(file)
}

/** The modules of the exports map: `millrace`, `millrace/runtime`, …, but for the one that needs optional peers. */
const modules = Object.entries(manifestOf(root).exports).flatMap(([path, target]) =>
  typeof target === "string" || path === "./opentelemetry" ? [] : [path.replace(/^\./, "millrace")],
)

describe("the packed tarball", { timeout: compiling }, () => {
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
      expect(commonJs(`const m = require("${name}"); ${names}`)).toBe("true\n")
    })
  }

  it("exports millrace/opentelemetry to whoever has its peers, and says which one is missing", () => {
    const script = `await import("millrace/opentelemetry").catch((error) => console.log(error.message))`
    expect(node("--input-type=module", "-e", script)).toMatch(/^Cannot find package '@effect\/opentelemetry'/)
  })

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
      const types = ["node"]
      const options = { target: "ES2024", module, moduleResolution, strict: true, noEmit: true, types }
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
      // Declarations of other packages may err without the DOM's types: that is theirs.
      const ours = stdout.split("\n").filter((line) => /^(types-|node_modules.millrace)/.test(line))
      expect(ours).toEqual([])
    })
  }
})

describe("an application with the installed package", { timeout: compiling }, () => {
  for (const example of ["embed-effect", "embed-node"]) {
    it(`${example} compiles strictly against the packed declarations`, () => {
      const folder = copyExample(consumer, example)
      const options = {
        target: "ES2024",
        lib: ["ES2024", "DOM"],
        module: "NodeNext",
        types: ["node"],
        strict: true,
        exactOptionalPropertyTypes: true,
        allowJs: true,
        checkJs: true,
        skipLibCheck: true,
        noEmit: true,
      }
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options }))
      const tsc = join(root, "node_modules/typescript/bin/tsc")
      expect(run(process.execPath, [tsc, "-p", folder], folder)).toBe("")
    })
  }

  it("embed-node reads records without knowing Effect, and closing drains", async () => {
    const { child, ended, says } = start(join(copyExample(consumer, "embed-node"), "main.mjs"))
    await says("BNB-USDT: added")
    await says("500 {")
    child.kill("SIGTERM")
    const { code, stderr, stdout } = await ended
    // A start that a busy machine makes slow is said.
    const said = stderr.split("\n").filter((line) => !line.includes("has said neither ready nor degraded"))
    expect({ code, said }).toEqual({ code: 0, said: [""] })
    const [, read, accepted] = /read (\d+) records of (\d+) accepted\n$/.exec(stdout) ?? []
    expect(Number(read)).toBeGreaterThanOrEqual(500)
    expect(read).toBe(accepted)
  })

  it("embed-effect has a sink and telemetry of its own, in which Millrace shows", async () => {
    const { close, endpoint, received } = await startOtlpReceiver()
    const main = join(copyExample(consumer, "embed-effect"), "main.ts")
    const { child, ended, says } = start(main, [], { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
    await says("BNB-USDT ")
    child.kill("SIGTERM")
    const { stdout } = await ended
    close()

    const [, accepted, all] = /stopped: (\d+) records accepted; turnover has all (\d+)/.exec(stdout) ?? []
    expect(Number(accepted)).toBeGreaterThan(0)
    expect(all).toBe(accepted)
    for (const text of Object.values(received)) expect(text.includes(`{"stringValue":"turnover"}`)).toBe(true)
    expect(received.metrics.includes(`"name":"turnover"`)).toBe(true)
    const exported = /"name":"millrace_records_accepted_total".*?"asDouble":(\d+)/gs
    expect([...received.metrics.matchAll(exported)].at(-1)?.[1]).toBe(accepted)
    expect(received.logs.includes("records accepted; turnover has all")).toBe(true)
    expect(received.traces).toMatch(/"name":"\w+\.\w+"/)
  })

  it("keeps the history of continuity with a thread of the package's own", async () => {
    const bin = join(consumer.installed, manifest.bin["millrace"] ?? "")
    const folder = join(consumer.folder, "history")
    const { child, ended, says } = start(bin, ["run"], {
      MILLRACE_SERVER__PORT: "0",
      MILLRACE_JOURNAL__PATH: join(folder, "journal"),
      MILLRACE_SINKS: JSON.stringify([{ name: "files", type: "files", path: join(folder, "records") }]),
      MILLRACE_DEAD_LETTERS__PATH: join(folder, "deadletters"),
    })
    await says("streams live")
    child.kill("SIGTERM")
    const { code, stderr } = await ended
    expect({ code, trouble: /history of continuity/.exec(stderr)?.[0] }).toEqual({ code: 0 })
    const database = new DatabaseSync(join(folder, "continuity.db"))
    const [counted] = database.prepare("SELECT sum(received) AS received FROM minutes").all()
    database.close()
    expect(Number(counted?.["received"])).toBeGreaterThan(0)
  })

  it("is read from CommonJS too", () => {
    const script = `
      const { collect } = require("millrace")
      collect({ simulator: {}, exchanges: { binance: { symbols: ["BTC-USDT"], dataTypes: ["trade"] } } }).then(async (collector) => {
        for await (const record of collector.records) if (record.data.tradeId) break
        console.log(Object.keys(await collector.close()))
      })`
    expect(commonJs(script)).toBe("[ 'unread' ]\n")
  })
})
