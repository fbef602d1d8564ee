/** A file as someone might write it, and what the linter has to say about it. */
export interface Case {
  readonly path: string
  readonly code: string
  /** Part of `rule: message` of what must be said; `undefined`: nothing. */
  readonly says?: string
}

export const cases: ReadonlyArray<Case> = [
  // import direction
  {
    path: "src/domain/A.ts",
    code: `import { b } from "../runtime/B.ts"; export const a = b`,
    says: "import-direction): src/domain may import nothing of ours",
  },
  {
    path: "src/runtime/A.ts",
    code: `import type { B } from "../domain/B.ts"; export type A = B`,
    says: "import-direction): src/runtime may import nothing of ours",
  },
  {
    path: "src/exchanges/binance/A.ts",
    code: `export { b } from "../../../services/Rest.ts"`,
    says: "import-direction): src/exchanges may import domain only",
  },
  {
    path: "services/A.ts",
    code: `export type A = import("../src/collect/B.ts").B`,
    says: "import-direction): services may import domain, runtime only",
  },
  {
    path: "layers/sink/A.ts",
    code: `export * from "../../src/exchanges/Venue.ts"`,
    says: "import-direction): layers may import domain, runtime, services only",
  },
  {
    path: "layers/sink/B.ts",
    code: `import { layer } from "./Other.ts"; export const b = layer`,
    says: "import-direction): layers: an implementation never imports another (layers/sink/Other.ts)",
  },
  { path: "layers/sink/Other.ts", code: `export const layer = 1` },
  {
    path: "layers/sink/C.ts",
    code: `import { helper } from "../rest/Helper.ts"; export const c = helper`,
    says: "import-direction): layers: an implementation never imports another (layers/rest/Helper.ts)",
  },
  {
    path: "layers/sink/D.ts",
    code: `import { lane } from "./kafka/Lane.ts"; export const d = lane`,
    says: "import-direction): layers: an implementation never imports another (layers/sink/kafka/Lane.ts)",
  },
  { path: "layers/sink/Kafka.ts", code: `import { lane } from "./kafka/Lane.ts"; export const layer = lane` },
  { path: "layers/sink/kafka/Lane.ts", code: `export { topic } from "./Topic.ts"` },
  { path: "layers/sink/E.ts", code: `import { path } from "./Path.ts"; export const layer = path` },
  { path: "layers/sink/F.ts", code: `import { a } from "../support/Agent.ts"; export const layer = a` },
  ...["collect", "tasks", "nodes", "simulator", "config", "edge", "telemetry"].flatMap((room) => [
    {
      path: `src/${room}/A.ts`,
      code: `export const a = () => import("../../layers/sink/Files.ts")`,
      says: `import-direction): src/${room} may import domain, runtime, exchanges, services only`,
    },
    {
      path: `src/${room}/B.ts`,
      code: `export * from "../domain/A.ts"; export * from "../runtime/A.ts"; export * from "../exchanges/A.ts"; export * from "../../services/A.ts"; export * from "./C.ts"`,
    },
  ]),
  {
    path: "src/collect/D.ts",
    code: `export * from "../config/A.ts"`,
    says: "src/config/A.ts is not among them",
  },
  {
    path: "src/stray/A.ts",
    code: `export const a = 1`,
    says: "import-direction): src/stray/A.ts stands in no room of the house",
  },
  {
    path: "src/collect/E.ts",
    code: `export * from "millrace/runtime"`,
    says: "imports the package by its name",
  },
  {
    path: "examples/one/main.ts",
    code: `export * from "../../src/index.ts"`,
    says: "import-direction): an example imports `millrace` as its users do",
  },
  { path: "examples/two/main.ts", code: `export * from "millrace"; export * from "./sink.ts"` },
  { path: "src/main.ts", code: `export * from "../layers/sink/Files.ts"; export * from "./cli/Run.ts"` },
  {
    path: "src/cli/Run.ts",
    code: `export * from "../../layers/sink/Files.ts"; export * from "../edge/A.ts"`,
  },
  {
    path: "src/edge/D.ts",
    code: `export * from "../app/Run.ts"`,
    says: "import-direction): src/edge may import domain, runtime, exchanges, services only",
  },
  // extensions
  {
    path: "src/domain/B.ts",
    code: `import { a } from "./A.js"; export const b = a`,
    says: `import-extension): a relative import ends in .ts: "./A.ts"`,
  },
  { path: "src/domain/C.ts", code: `export * from "./A"`, says: "import-extension)" },
  // what code reaches without being given it
  ...[
    [`Date.now()`, "Date.now"],
    [`[1].map(Date.now)`, "Date.now"],
    [`new Date()`, "new Date()"],
    [`performance.now()`, "performance.now"],
    [`Math.random()`, "Math.random"],
    [`crypto.randomUUID()`, "crypto.randomUUID"],
    [`setTimeout(() => {}, 1)`, "setTimeout"],
    [`globalThis.setInterval(() => {}, 1)`, "setInterval"],
    [`setImmediate(() => {})`, "setImmediate"],
    [`console.log("a")`, "console.*"],
  ].map(([expression, what], index) => ({
    path: `services/Ambient${index}.ts`,
    code: `export const a = () => ${expression}`,
    says: `no-ambient): ${what} in services/Ambient${index}.ts: use `,
  })),
  ...["node:fs", "fs", "node:fs/promises"].map((module, index) => ({
    path: `layers/journal/Files${index}.ts`,
    code: `import { open } from "${module}"; export const a = open`,
    says: "no-ambient): node:fs in",
  })),
  {
    path: "layers/journal/Timers.ts",
    code: `import { setTimeout } from "node:timers/promises"; export const a = setTimeout`,
    says: "no-ambient): node:timers in",
  },
  {
    path: "src/collect/Ids.ts",
    code: `import { randomUUID } from "node:crypto"; export const a = randomUUID`,
    says: "no-ambient): crypto.randomUUID in",
  },
  {
    path: "src/collect/Shadowed.ts",
    code: `export const a = (console: { log: () => void }, at: number) => [console.log, new Date(at), new Date(at).getTime()]`,
  },
  { path: "scripts/ambient.ts", code: `console.log(Date.now())` },
  // queues
  {
    path: "src/collect/Queue1.ts",
    code: `import { Queue } from "effect"; export const a = Queue.unbounded<number>()`,
    says: "no-unbounded): every queue has a capacity",
  },
  {
    path: "src/collect/Queue2.ts",
    code: `import { unbounded } from "effect/PubSub"; export const a = unbounded`,
    says: "no-unbounded)",
  },
  {
    path: "src/collect/Queue3.ts",
    code: `import { Queue } from "effect"; export const a = Queue.make<number>({ strategy: "sliding" })`,
    says: "no-unbounded)",
  },
  {
    path: "src/collect/Queue4.ts",
    code: `import { Stream } from "effect"; export const a = Stream.buffer({ capacity: "unbounded" })`,
    says: "no-unbounded)",
  },
  {
    path: "src/collect/Queue5.ts",
    code: `import { Queue } from "effect"; export const a = [Queue.make<number>({ capacity: 2 }), Queue.bounded<number>(2)]`,
  },
  // types and excuses
  { path: "services/Any.ts", code: `export const a = "a" as any`, says: "no-explicit-any)" },
  { path: "services/Ignore.ts", code: `// @ts-ignore\nexport const a: string = 1`, says: "ban-ts-comment)" },
  {
    path: "services/Off1.ts",
    code: `// oxlint-disable-next-line millrace/no-ambient -- because\nexport const a = 1`,
    says: "excuses): millrace's own rules are not switched off by a comment",
  },
  {
    path: "services/Off2.ts",
    code: `// oxlint-disable-next-line no-debugger\nexport const a = () => { debugger }`,
    says: "excuses): name the rule and say why",
  },
  // length
  {
    path: "services/Long.ts",
    code: `export const a = 1\n${"//\n".repeat(300)}`,
    says: "eslint(max-lines): File has too many lines (30",
  },
  {
    path: "services/Longish.ts",
    code: `export const a = 1\n${"//\n".repeat(260)}`,
    says: "long-file): 261 lines",
  },
  { path: "services/Short.ts", code: `export const a = 1\n${"//\n".repeat(240)}` },
  // tests
  ...["it.skip", "it.effect.only", "describe.skip", "it.live.skip", "test.todo", "it.concurrent.only"].map(
    (call, index) => ({
      path: `test/Hidden${index}.test.ts`,
      code: `import { describe, it, test } from "@effect/vitest"\nexport const a = [describe, it, test]\n${call}("a", () => {})`,
      says: "tests-run): .",
    }),
  ),
  {
    path: "test/Absent.test.ts",
    code: `import { describe } from "vitest"\ndescribe.skipIf(process.env["A"] === undefined)("a", () => {})`,
  },
]
