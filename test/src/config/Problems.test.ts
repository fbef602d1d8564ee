import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Yaml } from "effect/encoding"
import { bad, good, load } from "../../support/configuration.ts"
import { exampleConfig, exampleNodeConfig } from "../../support/exampleConfig.ts"
import { withSeeds } from "../../support/seed.ts"

const wrong = `
exchagnes: {}
server: { port: http, hosts: 1 }
exchanges:
  binanc: { symbols: [BTC-USDT] }
  binance:
    wsEndpoint: https://user:hunter2@example/ws
    symbols: [BTC/USDT, XYZ]
    dataTypes: [trades, depth7, kline_1m]
    connections: { maxx: 5, max: 0, reconnectDelay: soon }
  binance-usdm:
    connections: { reconnectDelay: 1 minute }
sinks:
  - { name: a, type: files }
  - { name: a, type: files }
  - { name: k, type: kafka, brokers: [x], compresion: gzip, compression: gzp, topic: "market.{typ}" }
  - { name: u, type: flies }
overload: { trade: conflate, memory: lots }
telemetry: { prometheus: { port: 8080 }, logLevel: verbose }
journal: { segmentSize: 100 GiB }
`

describe("a wrong configuration", () => {
  it.effect("has every problem reported at once, with path, expectation, finding and file", () =>
    Effect.gen(function* () {
      const lines = bad(yield* load({ "wrong.yaml": wrong }))
      const expected: ReadonlyArray<RegExp> = [
        /^exchagnes: unknown key; did you mean "exchanges"\?/,
        /^server\.hosts: unknown key; did you mean "host"\?/,
        /^server\.port: expected a port.*, found "http"/,
        /^exchanges\.binanc: unknown venue "binanc"; did you mean "binance"\?.*binance-usdm/,
        /^exchanges\.binance\.wsEndpoint: expected an origin.*found/,
        /^exchanges\.binance\.symbols\[1\]: .*XYZ/,
        /^exchanges\.binance\.dataTypes\[0\]: unknown data type "trades"; did you mean "trade"\?/,
        /^exchanges\.binance\.dataTypes\[1\]: binance has no "depth7"; it has trade/,
        /^exchanges\.binance\.connections\.maxx: unknown key; did you mean "max"\?/,
        /^exchanges\.binance\.connections\.max: expected a whole number above 0, found 0/,
        /^exchanges\.binance\.connections\.reconnectDelay: expected a duration such as .*, found "soon"/,
        /^exchanges\.binance-usdm\.connections\.maxReconnectDelay: .*less than reconnectDelay/,
        /^sinks\[1\]\.name: "a" is the name of sinks\[0\] already/,
        /^sinks\[1\]\.path: .*folder of sinks\[0\]/,
        /^sinks\[2\]\.brokers\[0\]: expected host:port, found "x"/,
        /^sinks\[2\]\.compresion: unknown key; did you mean "compression"\?/,
        /^sinks\[2\]\.compression: expected none, gzip.*found "gzp"; did you mean "gzip"\?/,
        /^sinks\[2\]\.topic: expected a topic of .*\{type\}.*found "market\.\{typ\}"/,
        /^sinks\[3\]\.type: expected one of .*found "flies"; did you mean "files"\?/,
        /^overload\.trade: expected block, drop_oldest or drop_newest .*found "conflate"/,
        /^overload\.memory: expected a size such as .*, found "lots"/,
        /^telemetry\.logLevel: expected trace, debug.*found "verbose"/,
        /^telemetry\.prometheus\.port: 8080 is server\.port/,
        /^journal\.segmentSize: larger than journal\.maxSize/,
      ]
      for (const each of expected) {
        assert.strictEqual(lines.filter((line) => each.test(line)).length, 1, `${each}\n${lines.join("\n")}`)
      }
      assert.strictEqual(lines.length, expected.length, lines.join("\n"))
      for (const line of lines) assert.match(line, /\(wrong\.yaml\)$/)
      assert.isFalse(lines.join("\n").includes("hunter2"))
    }),
  )

  it.effect("has problems of one file not hidden by another that cannot be read", () =>
    Effect.gen(function* () {
      const lines = bad(
        yield* load({
          "torn.yaml": "server:\n  host: a\n port: 1",
          "torn.json": '{\n"server": {\n"password": hunter2}}',
          "list.yaml": "- a\n- b",
          "typo.yaml": "servre: {}",
        }),
      )
      assert.strictEqual(lines.length, 4, lines.join("\n"))
      assert.match(lines[0]!, /^torn\.yaml: not valid YAML: .*line 3/)
      assert.match(lines[1]!, /^torn\.json: not valid JSON: .*line 3/)
      assert.match(lines[2]!, /^list\.yaml: expected an object/)
      assert.match(lines[3]!, /^servre: unknown key; did you mean "server"\? \(typo\.yaml\)/)
      assert.isFalse(lines.join("\n").includes("hunter2"))
    }),
  )

  it.effect("that is not there is said by name", () =>
    Effect.gen(function* () {
      const lines = bad(yield* load({ "there.yaml": "{}" }, {}, ["there.yaml", "./gone.yaml"]))
      assert.deepEqual(lines, ["./gone.yaml: there is no such file"])
    }),
  )

  it.effect("names what is missing and what it is for", () =>
    Effect.gen(function* () {
      const lines = bad(
        yield* load({
          "a.yaml":
            "sinks: [{ name: k, type: kafka }, { type: stdout }, { name: x }, 7, { name: y, type: kafk }]",
        }),
      )
      assert.strictEqual(lines.length, 5, lines.join("\n"))
      assert.match(
        lines[0]!,
        /^sinks\[0\]\.brokers: missing; expected a list of one broker or more\. Where to ask for the cluster/,
      )
      assert.match(lines[1]!, /^sinks\[1\]\.name: missing/)
      assert.match(lines[2]!, /^sinks\[2\]\.type: missing; expected one of files, stdout, kafka/)
      assert.match(lines[3]!, /^sinks\[3\]: expected an object with `type`: files, stdout or kafka, found 7/)
      assert.match(lines[4]!, /^sinks\[4\]\.type: .*found "kafk"; did you mean "kafka"\?/)
    }),
  )

  it.effect("a bucket for the tasks is whole: its name, both halves of a key, a lease that can be kept", () =>
    Effect.gen(function* () {
      const lines = (tasks: string) =>
        Effect.map(load({ "a.yaml": `tasks: ${tasks}` }, { K: "k", S: "s" }), bad)
      assert.match(
        (yield* lines("{ store: s3 }"))[0]!,
        /^tasks: expected `s3` beside `store: s3`: the bucket/,
      )
      assert.match((yield* lines("{ store: s3, s3: {} }"))[0]!, /^tasks\.s3\.bucket: missing/)
      const many = yield* lines(
        "{ store: s3, s3: { bucket: B, prefix: a b, endpoint: s3.example.com, secretAccessKey: hunter2, lease: 1s } }",
      )
      const expected = [
        /^tasks\.s3\.bucket: expected a bucket's name.*found "B"/,
        /^tasks\.s3\.prefix: expected letters, digits, slashes/,
        /^tasks\.s3\.endpoint: expected a URL that begins with http/,
        /^tasks\.s3\.secretAccessKey: .*\{ env: NAME \}/,
        /^tasks\.s3\.lease: expected 3 seconds or more/,
      ]
      for (const each of expected)
        assert.strictEqual(many.filter((line) => each.test(line)).length, 1, `${each}\n${many.join("\n")}`)
      assert.notInclude(many.join("\n"), "hunter2")
      assert.match(
        (yield* lines("{ store: s3, s3: { bucket: abc, accessKeyId: { env: K } } }"))[0]!,
        /^tasks\.s3: expected `accessKeyId` and `secretAccessKey`, both or neither/,
      )
      const { config } = good(
        yield* load(
          {
            "a.yaml":
              "tasks: { store: s3, s3: { bucket: abc, accessKeyId: { env: K }, secretAccessKey: { env: S } } }",
          },
          { K: "k", S: "s" },
        ),
      )
      assert.strictEqual(config.tasks.s3?.prefix, "millrace/tasks")
    }),
  )

  it.effect("a version that is written as a number stays as it is written", () =>
    Effect.gen(function* () {
      for (const [yaml, version] of [
        ["system: { version: 1.0, name: a }", "1.0"],
        ["system:\n  name: |\n    version: 2.0\n  version: 1.10 # not 1.1", "1.10"],
        ["system:\n  'version': 3", "3"],
        ["system:\n  version: 1e3\n", "1e3"],
        ['system: { version: "1.0" }', "1.0"],
        ["system: { version: v1.0.0 }", "v1.0.0"],
      ] as const) {
        const { config } = good(yield* load({ "a.yaml": yaml }))
        assert.strictEqual(config.system?.version, version, yaml)
        if (yaml.includes("|")) assert.strictEqual(config.system?.name, "version: 2.0\n")
      }
      const { config } = good(yield* load({ "a.yaml": "control: { packageVersion: 2.50 }" }))
      assert.strictEqual(config.control?.packageVersion, "2.50")
      assert.match(bad(yield* load({ "a.yaml": "system: { name: 1.0 }" }))[0]!, /^system\.name: expected/)
    }),
  )

  it.effect("patterns are held to their grammar, their markets and their data types without a network", () =>
    Effect.gen(function* () {
      const config = (symbols: string, dataTypes = "trade") =>
        load({ "a.yaml": `exchanges: { binance: { symbols: [${symbols}], dataTypes: [${dataTypes}] } }` })
      const { warnings } = good(yield* config('"*/USDT", "spot:BTC-*", BTC/USDT', "trade, depth"))
      assert.deepStrictEqual(warnings, [])
      const lines = bad(
        yield* config('"perpetual:BTC-*", "spott:*", "*/US DT", "*"', "trade, funding, depth7, trades"),
      )
      assert.strictEqual(lines.length, 6, lines.join("\n"))
      assert.match(
        lines[0]!,
        /^exchanges\.binance\.symbols\[0\]: "perpetual:BTC-\*": binance has no perpetual; it has spot/,
      )
      assert.match(
        lines[1]!,
        /symbols\[1\]: "spott:\*": "spott" is no market; did you mean "spot"\? it can be/,
      )
      assert.match(lines[2]!, /symbols\[2\]: .* is no pattern: write \*\/USDT, BTC-\*, perpetual:BTC-\*/)
      assert.match(lines[3]!, /dataTypes\[3\]: unknown data type "trades"/)
      assert.match(lines[4]!, /dataTypes\[1\]: binance has no "funding"; it has trade/)
      assert.match(lines[5]!, /dataTypes\[2\]: binance has no "depth7"/)
    }),
  )

  it.effect("a data type that some of the instruments lack is no error, one that all lack is", () =>
    Effect.gen(function* () {
      const config = (symbols: string) =>
        load({ "a.yaml": `exchanges: { okx: { symbols: [${symbols}], dataTypes: [trade, funding] } }` })
      const { warnings } = good(yield* config("BTC-USDT, BTC-USDT-PERP"))
      assert.strictEqual(warnings.length, 1)
      assert.match(
        warnings[0]!,
        /^exchanges\.okx\.dataTypes\[1\]: okx has no "funding" of BTC-USDT, which is spot: only of perpetual$/,
      )
      const lines = bad(yield* config("BTC-USDT"))
      assert.strictEqual(lines.length, 1)
      assert.match(lines[0]!, /dataTypes\[1\]: okx has no "funding" of BTC-USDT/)
    }),
  )

  it.effect("with more streams than connections hold is no error: those beyond are named", () =>
    Effect.gen(function* () {
      const { warnings } = good(
        yield* load({
          "a.yaml":
            "exchanges: { binance: { symbols: [A-USDT, B-USDT, C-USDT], dataTypes: [trade], connections: { max: 1, streamsPerConnection: 2 } } }",
        }),
      )
      assert.strictEqual(warnings.length, 1)
      assert.match(warnings[0]!, /3 streams need 2 connections.*binance:trade:C-USDT/)
    }),
  )
})

type Tree = { [key: string]: unknown }

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Every key below a value whose name is ours, by the path to it. Names under `exchanges` are venues. */
const keysIn = (
  value: unknown,
  path: ReadonlyArray<string | number>,
): ReadonlyArray<ReadonlyArray<string | number>> => {
  if (Array.isArray(value)) return value.flatMap((item, index) => keysIn(item, [...path, index]))
  if (!isTree(value) || ["settings", "plugin", "heartbeatExtra"].includes(String(path.at(-1)))) return []
  return Object.keys(value).flatMap((key) => [[...path, key], ...keysIn(value[key], [...path, key])])
}

const holderOf = (tree: Tree, path: ReadonlyArray<string | number>): Tree =>
  path.slice(0, -1).reduce<unknown>((value, segment) => (value as Tree)[segment], tree) as Tree

describe("any key that is misspelt", () => {
  for (const [what, text] of [
    ["a collector", exampleConfig],
    ["a node", exampleNodeConfig],
  ] as const) {
    it.effect(`in the configuration of ${what} is reported at its path, with the name that was meant`, () =>
      withSeeds(3, (dice) =>
        Effect.gen(function* () {
          for (const path of keysIn(Yaml.parse(text), [])) {
            const tree = Yaml.parse(text) as Tree
            const key = String(path.at(-1))
            const at = dice.int(key.length)
            const typo = key.slice(0, at) + key[at]! + key.slice(at)
            const holder = holderOf(tree, path)
            holder[typo] = holder[key]
            delete holder[key]
            const lines = bad(yield* load({ "typo.json": JSON.stringify(tree) }))
            assert.isTrue(
              lines.some((line) => line.includes(typo) && line.includes(`did you mean "${key}"?`)),
              `${path.join(".")} as ${typo}:\n${lines.join("\n")}`,
            )
          }
        }),
      ),
    )
  }
})
