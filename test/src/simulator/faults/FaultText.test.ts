import { describe, expect, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { readFileSync } from "node:fs"
import {
  type Fault,
  FaultSchedule,
  formatFault,
  garbageKinds,
  parseFaults,
} from "../../../../src/simulator/index.ts"
import { faultKinds, optionNames, optionObjection } from "../../../../src/simulator/faults/FaultKinds.ts"
import { readSchedule } from "../../../../src/simulator/faults/FaultText.ts"

const read = (text: string): FaultSchedule => Result.getOrThrow(parseFaults(text))

const problem = (text: string): string =>
  Result.match(parseFaults(text), { onFailure: ({ message }) => message, onSuccess: () => "none" })

const readings: ReadonlyArray<readonly [string, Fault]> = [
  ["disconnect@5s", { kind: "disconnect", atMillis: 5000 }],
  ["disconnect:1012/age=1m", { kind: "disconnect", code: 1012, ageMillis: 60_000 }],
  ["reset/every=30s/p=0.5", { kind: "reset", everyMillis: 30_000, probability: 0.5 }],
  ["torn/every=5000", { kind: "torn", every: 5000 }],
  ["life:90s", { kind: "life", lifeMillis: 90_000 }],
  ["shutdown:250ms@1.5s", { kind: "shutdown", noticeMillis: 250, atMillis: 1500 }],
  ["stall@10s/for=8s", { kind: "stall", atMillis: 10_000, forMillis: 8000 }],
  [
    "stall:late@10s@btcusdt@*/for=8s",
    { kind: "stall", messages: "late", atMillis: 10_000, stream: "btcusdt@*", forMillis: 8000 },
  ],
  ["half-open/connection=2", { kind: "half-open", connection: 2 }],
  [
    "slow:100@5s/for=10s/venue=binance",
    { kind: "slow", bytesPerSecond: 100, atMillis: 5000, forMillis: 10_000, venue: "binance" },
  ],
  ["drop:3@btcusdt@trade/every=1000", { kind: "drop", messages: 3, stream: "btcusdt@trade", every: 1000 }],
  [
    "drop:3@5s@btcusdt@depth@100ms",
    { kind: "drop", messages: 3, atMillis: 5000, stream: "btcusdt@depth@100ms" },
  ],
  [
    "duplicate:2@*@kline_1m/p=0.01",
    { kind: "duplicate", copies: 2, stream: "*@kline_1m", probability: 0.01 },
  ],
  ["reorder:5/every=100/times=3", { kind: "reorder", messages: 5, every: 100, times: 3 }],
  ["malformed:cut/every=100", { kind: "malformed", garbage: "cut", every: 100 }],
  ["garbage/p=0.01", { kind: "garbage", probability: 0.01 }],
  ["checksum@books:*/every=20", { kind: "checksum", stream: "books:*", every: 20 }],
  ["oversize:5MiB@1s", { kind: "oversize", bytes: 5 * 1024 * 1024, atMillis: 1000 }],
  ["skew:-30s@1m/for=1m", { kind: "skew", byMillis: -30_000, atMillis: 60_000, forMillis: 60_000 }],
  ["ack-only@ethusdt@trade/times=1", { kind: "ack-only", stream: "ethusdt@trade", times: 1 }],
  [
    "sequence-reset@10s@btcusdt@depth*",
    { kind: "sequence-reset", atMillis: 10_000, stream: "btcusdt@depth*" },
  ],
  ["stale:2s@btcusdt@depth/times=2", { kind: "stale", oldMillis: 2000, stream: "btcusdt@depth", times: 2 }],
  ["refuse:reset@5s/for=3s", { kind: "refuse", answer: "reset", atMillis: 5000, forMillis: 3000 }],
  ["refuse:503/on=rest/p=.1", { kind: "refuse", answer: 503, on: "rest", probability: 0.1 }],
  ["late:5s/times=1", { kind: "late", delayMillis: 5000, times: 1 }],
  ["429:30s@5s", { kind: "429", retryAfterMillis: 30_000, atMillis: 5000 }],
  ["418:2m@1m/on=all", { kind: "418", retryAfterMillis: 120_000, atMillis: 60_000, on: "all" }],
]

describe("a schedule as text", () => {
  it("reads as what it says, and is written as what reads alike", () => {
    for (const [text, fault] of readings) {
      expect([text, read(text)]).toEqual([text, [fault]])
      expect(read(formatFault(fault))).toEqual([fault])
    }
    expect(new Set(readings.map(([, { kind }]) => kind))).toEqual(new Set(Object.keys(faultKinds)))
  })

  it("is a list, with room for blanks, and the same as the schedule as data", () => {
    const texts = readings.map(([text]) => text)
    const faults = read(texts.join(" , "))
    expect(faults).toEqual(readings.map(([, fault]) => fault))
    expect(Schema.decodeUnknownSync(FaultSchedule)(JSON.parse(JSON.stringify(faults)))).toEqual(faults)
  })

  it("that is wrong says which fault, what is wrong, and what to write", () => {
    const wrong: ReadonlyArray<readonly [string, string, string]> = [
      ["", `fault 1, "": there is no fault without a name`, "disconnect, reset"],
      ["drop@5s,dorp:3", `fault 2, "dorp:3": there is no fault "dorp"`, "drop, duplicate"],
      ["stall@10", `"10" is a time without a unit`, "write 10s or 10ms"],
      ["drop@btcusdt/every=5", `"btcusdt" is neither a time`, "btcusdt@trade"],
      ["drop:0@5s", "drop:0: the argument is", "a whole number above 0"],
      ["reorder:1@5s", "messages", "greater than 1"],
      ["reset:5@5s", "reset takes no argument", "write reset alone"],
      ["disconnect", "say when", "disconnect@5s"],
      ["drop", "say when", "drop/every=1000"],
      ["sequence-reset/p=0.5", "say when", "sequence-reset/every=10s"],
      ["sequence-reset/every=100", "strikes the venue by time", "every=10s"],
      ["drop/every=2x", "every=2x", "every=10s"],
      ["drop/p=2", "p=2", "p=0.01"],
      ["drop/p=", "p=", "p=0.01"],
      ["drop/p=0.1@*@trade", `"@*@trade" comes before the first "/"`, "drop@*@trade/p=0.1"],
      ["drop@5s/times=x", "times=x", "a whole number above 0"],
      ["drop@5s/at=6s", `"at" is said twice`, "leave one of them out"],
      ["drop@5s/age=6s", "say one of them", "age one of each connection"],
      ["drop@5s/until=9s", `"/until=9s" is no option`, "for=…"],
      ["drop@5s/for", `"/for" is no option`, "for=…"],
      ["reset@5s/for=9s", `reset with "for"`, "it cannot last"],
      ["stale/age=5s", `stale with "age"`, "say at"],
      ["drop@5s/on=rest", `drop with "on"`, "refuse, late, 429 and 418"],
      ["life/at=5s", `life with "at"`, "life:90s"],
      ["stall:late@5s", "come when the stall ends", "/for=8s"],
      ["drop@5s/venue=nobody", "venue=nobody", "binance, "],
      ["429:soon@5s", "429:soon: the argument is Retry-After", "250ms, 5s"],
      ["refuse:200", "refuse:200: the argument is", "an HTTP status of 400 to 599, or reset"],
      ["malformed:odd@5s", "malformed:odd: the argument is", "cut, text"],
      ["oversize:big@5s", "oversize:big: the argument is", "8MiB"],
      ["skew:much", "skew:much: the argument is", "+30s or -2m"],
    ]
    for (const [text, what, instead] of wrong) {
      expect(problem(text)).toContain(what)
      expect(problem(text)).toContain(instead)
    }
  })

  it("has every kind in the manual, whose examples can be read", () => {
    const manual = readFileSync("docs/SIMULATOR.md", "utf8")
    for (const kind of [...Object.keys(faultKinds), ...garbageKinds, ...optionNames])
      expect(manual).toMatch(new RegExp(`\`${kind}[\`=]|@5s\`, \`${kind}=`))
    const examples = [
      ...[...manual.matchAll(/--faults '([^']+)'/g)].map(([, list]) => list!),
      ...[...manual.matchAll(/(?:faults: |inject\()"([^"]+)"/g)].map(([, list]) => list!),
      ...[...manual.matchAll(/so `([^`]+)`/g)].map(([, list]) => list!),
    ]
    expect(examples).toHaveLength(4)
    for (const list of examples) expect(read(list).length).toBeGreaterThan(0)
  })

  it("as data is held to the same rules", () => {
    const wrong = (fault: unknown): string =>
      Result.match(readSchedule([fault as Fault]), {
        onFailure: ({ message }) => message,
        onSuccess: () => "none",
      })
    expect(wrong({ kind: "drop", messages: 3, atMillis: 5 })).toBe("none")
    expect(wrong({ kind: "drop", messages: -3, atMillis: 5 })).toContain("messages")
    expect(wrong({ kind: "drop" })).toContain("say when")
    expect(wrong({ kind: "reset", atMillis: 5, forMillis: 5 })).toContain("it cannot last")
    expect(wrong({ kind: "explode" })).toContain(`there is no fault "explode"`)
    expect(optionObjection("drop", "at")).toBeUndefined()
  })
})
