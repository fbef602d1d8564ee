import { assert, describe, it } from "@effect/vitest"
import { parseByteSize, parseDuration } from "../../../src/domain/ConfigValue.ts"

const durations: ReadonlyArray<readonly [string | number, number | undefined]> = [
  ["1 second", 1_000],
  ["30 seconds", 30_000],
  ["10 millis", 10],
  ["250ms", 250],
  ["60s", 60_000],
  ["1.5 hours", 5_400_000],
  ["7d", 604_800_000],
  ["2 Minutes", 120_000],
  ["100", 100],
  [100, 100],
  [0, 0],
  ["soon", undefined],
  ["1 fortnight", undefined],
  ["-1 second", undefined],
  ["1 second 2", undefined],
  ["", undefined],
  [-1, undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
]

const sizes: ReadonlyArray<readonly [string | number, number | undefined]> = [
  ["64 MiB", 67_108_864],
  ["10 GiB", 10_737_418_240],
  ["1 MB", 1_000_000],
  ["1.5KiB", 1_536],
  ["512Mi", 536_870_912],
  ["512", 512],
  ["7 B", 7],
  [512, 512],
  ["lots", undefined],
  ["64 MiBs", undefined],
  ["-1 MiB", undefined],
  ["9999999 TiB", undefined],
]

describe("a duration", () => {
  for (const [text, millis] of durations) {
    it(`${JSON.stringify(text)} is ${millis === undefined ? "refused" : `${millis} ms`}`, () => {
      assert.strictEqual(parseDuration(text), millis)
    })
  }
})

describe("a size", () => {
  for (const [text, bytes] of sizes) {
    it(`${JSON.stringify(text)} is ${bytes === undefined ? "refused" : `${bytes} bytes`}`, () => {
      assert.strictEqual(parseByteSize(text), bytes)
    })
  }
})
