import { assert, describe, it } from "@effect/vitest"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { venues } from "../../../src/exchanges/index.ts"
import { millrace, start } from "../../support/command.ts"
import { everyVenue } from "../../support/everyVenue.ts"

const inFolder = async (
  use: (file: (name: string, text: string) => string) => Promise<void>,
): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-check-"))
  try {
    await use((name, text) => {
      const path = join(folder, name)
      writeFileSync(path, text)
      return path
    })
    assert.isFalse(readdirSync(folder).includes("data"), "a check writes nothing")
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe("millrace check", () => {
  it("of the default configuration exits 0 and says what would run", async () => {
    const { code, stdout, stderr } = await millrace(["check"])
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /default\.yaml: good\n {2}binance: 15 streams of 3 symbols, from the simulator/)
    for (const name of ["binance-usdm", "okx", "bybit"])
      assert.match(stdout, new RegExp(`\n {2}${name}: \\d+ streams of 2 symbols, from the simulator`))
    assert.strictEqual(stderr, "")
  })

  it("of everything that every venue offers exits 0", () =>
    inFolder(async (file) => {
      const exchanges = everyVenue()
      const { code, stdout, stderr } = await millrace([
        "check",
        "--config",
        file("every.json", JSON.stringify({ exchanges })),
      ])
      assert.strictEqual(code, 0, stderr)
      for (const name of venues.keys()) assert.match(stdout, new RegExp(`\n {2}${name}: \\d+ streams`))
      // Not every instrument of a venue of spot and contracts has everything: that is said, and is no problem.
      for (const line of stderr.trim().split("\n")) assert.match(line, /^warning: exchanges\./)
    }))

  it("of the exchange collector's configuration exits 0 with one warning", async () => {
    const { code, stderr } = await millrace(["check", "--config", "config/exchange-collector.yaml"])
    assert.strictEqual(code, 0, stderr)
    assert.match(stderr, /^warning: configured but not built yet.*googleCloud\.pubsub[^\n]*\n$/)
  })

  it("lists every problem and exits 1", () =>
    inFolder(async (file) => {
      const one = file("one.yaml", "server: { port: none }\nexchanges: { binanec: {} }\n")
      const two = file(
        "two.json",
        '{"sinks": [{"name": "k", "type": "kafka", "sasl": {"password": "hunter2"}}]}',
      )
      const { code, stdout, stderr } = await millrace([
        "check",
        "--config",
        one,
        "-c",
        two,
        "--config",
        "gone.yaml",
      ])
      assert.strictEqual(code, 1)
      assert.strictEqual(stdout, "")
      assert.match(stderr, /^millrace: the configuration has \d+ problems; nothing was started\n/)
      assert.match(stderr, /server\.port: expected a port.*\(.*one\.yaml\)/)
      assert.match(stderr, /exchanges\.binanec: unknown venue "binanec"; did you mean "binance"\?/)
      assert.match(stderr, /sinks\[0\]\.sasl\.password: a secret in plain text \(not shown\)/)
      assert.match(stderr, /gone\.yaml: there is no such file/)
      assert.notInclude(stderr, "hunter2")
    }))

  it("of a node names each trigger that makes no sense, and exits 1", () =>
    inFolder(async (file) => {
      const path = file(
        "node.yaml",
        "triggers:\n  - { name: a, type: timer, settings: { cron: x y z } }\n  - { name: b, type: kafka }\n",
      )
      const { code, stderr } = await millrace(["check", "--config", path])
      assert.strictEqual(code, 1)
      assert.match(stderr, /timer trigger "a" has a cron "x y z" that is none: missing field\(s\)/)
      assert.match(stderr, /unknown trigger type "kafka" for trigger "b"/)
    }))

  it("--live names what the venue does not list, with the nearest names, and what patterns select", () =>
    inFolder(async (file) => {
      const config = file(
        "live.yaml",
        `simulator: { symbols: [BTC-USDT, ETH-USDT, ETH-BTC], rate: 500 }
exchanges:
  binance: { symbols: ["*/USDT", ETH-BTX], dataTypes: [trade] }
  binance-usdm: { symbols: [BTCUSDT], dataTypes: [trade] }
`,
      )
      const { code, stdout, stderr } = await millrace(["check", "--config", config, "--live"])
      assert.strictEqual(code, 1, stderr)
      assert.match(stdout, /binance: 1 stream of 1 symbol and what \*\/USDT selects, from the simulator/)
      assert.match(stdout, /ok {3}binance: the list of instruments: 3 listed/)
      assert.match(stdout, /ok {3}binance trade BTC-USDT\n/)
      assert.match(stdout, /ok {3}binance trade ETH-USDT\n/)
      assert.match(stdout, /ok {3}binance-usdm trade BTC-USDT-PERP\n/)
      assert.match(
        stdout,
        /FAIL binance trade ETH-BTX: "ETH-BTX" is none of the 3 instruments that binance lists; did you mean ETH-BTC/,
      )
      assert.match(stderr, /1 of 6 failed/)
    }))

  it("takes the environment over the files", () =>
    inFolder(async (file) => {
      const config = file("a.yaml", "exchanges: { binance: { symbols: [BTC-USDT], dataTypes: [trade] } }\n")
      const { code, stdout, stderr } = await millrace(["check", "--config", config], {
        MILLRACE_EXCHANGES__BINANCE__SYMBOLS: '["BTC-USDT","ETH-USDT"]',
        MILLRACE_SERVICE_HOST: "10.0.0.1",
      })
      assert.strictEqual(code, 0, stderr)
      assert.match(stdout, /binance: 2 streams of 2 symbols/)
      assert.strictEqual(stderr, "warning: MILLRACE_SERVICE_HOST: no such setting, ignored\n")
    }))
})

describe("the command", () => {
  const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
    [["rn"], /did you mean "run"\?/],
    [["run", "--confg", "x"], /did you mean "--config"\?/],
    [["replay"], /Missing required argument: FILE/],
    [["replay", "x", "--speed", "fast"], /a number above 0, or max/],
    [["simulate", "--port", "99999"], /a port, 0 to 65535/],
  ]
  for (const [args, expected] of wrong) {
    it(`${args.join(" ")} is refused in a line on stderr, exit 1`, async () => {
      const { code, stdout, stderr } = await millrace(args)
      assert.strictEqual(code, 1)
      assert.strictEqual(stdout, "")
      assert.match(stderr, expected)
      assert.isAtMost(stderr.trimEnd().split("\n").length, 2)
    })
  }

  it("lists what there is in its help, exit 0", async () => {
    const { code, stdout } = await millrace(["--help"])
    assert.strictEqual(code, 0)
    for (const name of ["run", "node", "control", "check", "record", "replay", "simulate", "top", "tap"]) {
      assert.match(stdout, new RegExp(`^ {2}${name} `, "m"))
    }
  })

  it("on an old Node says in one line what to do", async () => {
    const old = `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}})`
    const { code, stderr } = await start("src/main.ts", ["check"], {}, ["--import", old]).ended
    assert.strictEqual(code, 1)
    assert.match(stderr, /^millrace needs Node 24 or later, and this is Node 20\.1\.0\.[^\n]*\n$/)
  })
})
