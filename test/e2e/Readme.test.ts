import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { cpSync, readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { eventually, freePort, startProgram, temporaryFolder } from "../support/process.ts"
import { sharedKafka } from "../support/kafka.ts"
import { recordingsAbsent, sessionPath } from "../support/recordings.ts"

const readme = readFileSync("README.md", "utf8")
/** Its commands have a test of their own. */
const tasksPage = readFileSync("docs/TASKS.md", "utf8")
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly scripts: Record<string, string>
}

const blocks = (language: string): ReadonlyArray<string> =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, text]) => text!)

/** Every command that the README tells people to type, without its comment. */
const commands = blocks("sh")
  .flatMap((block) => block.split("\n"))
  .map((line) => line.replace(/\s+#.*$/, "").trim())
  .filter((line) => line !== "")

const yamlAfter = (heading: string): string => {
  const section = readme.slice(readme.indexOf(`\n## ${heading}\n`))
  return /^```yaml\n([\s\S]*?)^```$/m.exec(section)![1]!
}

/** A command of the README as it is run here: this very program, in a folder of its own, on a free port. */
const shell = (line: string, cwd: string, port: number, env: Record<string, string> = {}) =>
  Effect.callback<{ readonly code: number | null; readonly output: string }>((resume) => {
    const program = `${process.execPath} ${resolve("src/main.ts")}`
    const known = line
      .replace(/^npm start -- (top|tap)/, `${program} $1 --url http://localhost:${port}`)
      .replace(/^npm start --/, program)
      .replaceAll("localhost:8080", `localhost:${port}`)
    const child = execFile(
      "bash",
      ["-c", known],
      { cwd, env: { ...process.env, ...env }, timeout: 150_000 },
      () => {},
    )
    let output = ""
    child.stdout!.on("data", (chunk) => (output += chunk))
    child.stderr!.on("data", (chunk) => (output += chunk))
    child.on("close", (code) => resume(Effect.succeed({ code, output })))
  })

const tested = new Set<string>()

/** The README's own line, so that a changed README fails here. */
const command = (line: string): string => {
  assert.include(commands, line, "a command that the README no longer has")
  tested.add(line)
  return line
}

/** Runs a line and gives what it printed; it has to exit 0. */
const run = Effect.fnUntraced(function* (
  line: string,
  cwd: string,
  port: number,
  env?: Record<string, string>,
) {
  const { code, output } = yield* shell(command(line), cwd, port, env)
  assert.strictEqual(code, 0, `${line}\n${output}`)
  return output
})

describe("README", { timeout: 240_000 }, () => {
  it.live("npm start and everything that is asked of it while it runs", () =>
    Effect.gen(function* () {
      assert.match(manifest.scripts["start"]!, /^node (--\S+ )*src\/main\.ts$/)
      command("npm start")
      const cwd = yield* temporaryFolder
      const port = yield* freePort
      const program = yield* startProgram([], { cwd, env: { MILLRACE_SERVER__PORT: String(port) } })
      yield* program.api
      yield* eventually(
        "it is ready",
        Effect.map(shell(command("curl localhost:8080/ready"), cwd, port), ({ output }) =>
          output.includes('"ready":true') ? true : undefined,
        ),
      )
      const head = "head -n 2 data/records/trade/binance/BTC-USDT/*.jsonl"
      yield* eventually(
        "records are there",
        Effect.map(shell(command(head), cwd, port), ({ output }) =>
          output.includes('"type":"trade"') ? true : undefined,
        ),
      )
      assert.include(
        yield* run("npm start -- top", cwd, port),
        "millrace/core/work/venues/binance/connections/1",
      )
      const tapped = yield* run("npm start -- tap --type trade --limit 5", cwd, port)
      assert.strictEqual(tapped.trim().split("\n").length, 5)
      const subscribe = commands.find((line) => line.startsWith("curl localhost:8080/api/v1/subscriptions"))!
      const answer = yield* run(subscribe, cwd, port)
      assert.include(answer, '"result":"added"')
      yield* program.kill("SIGINT")
      assert.strictEqual((yield* program.ended).code, 0)
    }).pipe(Effect.scoped),
  )

  it.live("the live configuration checks, and runs when its exchange is a simulator", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const port = yield* freePort
      writeFileSync(join(cwd, "binance.yaml"), yamlAfter("Live data"))
      const checked = yield* run("npm start -- check --config binance.yaml", cwd, port)
      assert.include(checked, "binance.yaml: good")
      const line = command("npm start -- run --config binance.yaml")
      // Never a live exchange from a test: the simulator stands in for it.
      const env = { MILLRACE_SIMULATOR: '{"rate":200}', MILLRACE_SERVER__PORT: String(port) }
      const program = yield* startProgram(line.split(" ").slice(3), { cwd, env })
      const api = yield* program.api
      yield* eventually(
        "every stream is live",
        Effect.map(shell(`curl -s ${api}/ready`, cwd, port), ({ output }) =>
          output.includes('"ready":true') ? true : undefined,
        ),
      )
      yield* program.kill("SIGTERM")
      assert.strictEqual((yield* program.ended).code, 0)
    }).pipe(Effect.scoped),
  )

  it.live("the Kafka sink's lines are a configuration", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      writeFileSync(
        join(cwd, "kafka.yaml"),
        `${yamlAfter("Live data").split("sinks:")[0]}${yamlAfter("Kafka")}`,
      )
      const { code, output } = yield* shell("npm start -- check --config kafka.yaml", cwd, 0)
      assert.strictEqual(code, 0, output)
      assert.include(output, "kafka at 127.0.0.1:9092")
    }).pipe(Effect.scoped),
  )

  it.live.skipIf(recordingsAbsent)("a recorded session is replayed", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      cpSync(sessionPath("binance/2021-10-12"), join(cwd, "session.jsonl.gz"))
      const output = yield* run("npm start -- replay session.jsonl.gz --speed max", cwd, 0)
      assert.include(output, "264 records")
    }).pipe(Effect.scoped),
  )

  it.live("the embedded program gets its first record and closes", () =>
    Effect.gen(function* () {
      const cwd = yield* temporaryFolder
      const [program] = blocks("ts")
      assert.include(program, 'from "millrace"')
      const source = program!.replace('"millrace"', JSON.stringify(resolve("src/index.ts")))
      writeFileSync(join(cwd, "program.ts"), source)
      const { code, output } = yield* shell(`${process.execPath} program.ts`, cwd, 0)
      assert.strictEqual(code, 0, output)
      assert.include(output, "BTC-USDT")
    }).pipe(Effect.scoped),
  )

  const kafka = sharedKafka()

  it.live.skipIf(kafka === undefined)(
    "a Python plugin's rows come from nothing into Kafka, and into a cloud function's zip",
    () =>
      Effect.gen(function* () {
        const cwd = yield* temporaryFolder
        const [broker] = kafka!.brokers
        const [gateway, plugin] = [yield* freePort, yield* freePort]
        const scripts = resolve("scripts/servers")
        const here = (line: string) =>
          command(line).replace("scripts/servers", scripts).replaceAll("127.0.0.1:9092", broker!)
        // The suites' broker stands in for the one that this line starts: it was started by the same script.
        const [script, action] = command("scripts/servers/kafka.sh up data/kafka 9092").split(" ")
        assert.include(readFileSync(script!, "utf8"), `kafka.sh ${action} `)
        const made = yield* shell(
          here("npm start -- plugin new python my-plugin --kafka 127.0.0.1:9092"),
          cwd,
          0,
        )
        assert.strictEqual(made.code, 0, made.output)
        const line = command("npm start -- node --config my-plugin/config.yaml")
        const node = yield* startProgram(line.split(" ").slice(3), {
          cwd,
          env: {
            MILLRACE_SERVER__PORT: "0",
            MILLRACE_GATEWAY__PORT: String(gateway),
            MILLRACE_ADAPTER__URL: `http://127.0.0.1:${plugin}`,
            PLUGIN_PORT: String(plugin),
          },
        })
        yield* node.says(/^gateway on /)
        const consumer = commands.find((each) => each.includes("ConsoleConsumer"))!
        const rows = yield* eventually(
          "its rows are in Kafka",
          Effect.map(shell(here(consumer), cwd, 0), ({ output }) => {
            const found = output.split("\n").filter((each) => each.startsWith('{"type":"index_price"'))
            if (found.length === 2) return found
            throw new Error(output)
          }),
          "2 minutes",
        )
        for (const row of rows)
          assert.match(row, /"symbol":"BTC-USD-INDEX".*"data":\{"price":"1\d\d\.\d\d"\}/)
        yield* node.kill("SIGTERM")
        assert.strictEqual((yield* node.ended).code, 0)
        const packed = yield* run(
          "npm start -- package --config my-plugin/config.yaml --plugin my-plugin",
          cwd,
          0,
        )
        assert.match(packed, /^collector-scf\.zip: \d+ files/m)
      }).pipe(Effect.scoped),
    360_000,
  )

  it("its other commands are scripts of the package, and none is untested", () => {
    const scripts = ["npm ci", "npm test", "npm run test:programs", "npm run check", "npm run bench"].map(
      command,
    )
    for (const line of scripts.slice(1)) assert.property(manifest.scripts, line.replace(/^npm (run )?/, ""))
    assert.deepStrictEqual(
      commands.filter((line) => !tested.has(line) && !tasksPage.includes(`${line}\n`)),
      [
        ...(kafka === undefined ? commands.filter((line) => /my-plugin|kafka\.sh/.test(line)) : []),
        ...(recordingsAbsent ? ["npm start -- replay session.jsonl.gz --speed max"] : []),
      ],
    )
  })
})
