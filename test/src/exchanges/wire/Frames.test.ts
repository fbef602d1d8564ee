import { gzipSync } from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import { makeOutput } from "../../../../src/domain/Decoded.ts"
import { gunzip, maxTextBytes, textOf } from "../../../../src/exchanges/wire/Frames.ts"

const reasons = (run: (output: ReturnType<typeof makeOutput>) => unknown) => {
  const output = makeOutput()
  const result = run(output)
  return [result, output.rejects.map(({ reason }) => reason)]
}

describe("Frames", () => {
  it("a gzip frame is decompressed to the byte, and not a byte beyond what is allowed", () => {
    const text = JSON.stringify({ ping: 1690948843215, wörter: "ü" })
    expect(reasons((output) => gunzip(gzipSync(text), output)?.toString())).toEqual([text, []])
    const bomb = gzipSync(Buffer.alloc(maxTextBytes + 1))
    expect(bomb.length).toBeLessThan(10_000)
    expect(reasons((output) => gunzip(bomb, output))).toEqual([undefined, ["too_large"]])
  })

  it("a frame that is none, or is cut or damaged, is one reject", () => {
    const whole = gzipSync("{}".repeat(100))
    const damaged = Buffer.from(whole)
    damaged[whole.length - 6]! ^= 1
    for (const frame of [Buffer.alloc(0), Buffer.from("{}"), whole.subarray(0, 20), damaged])
      expect(reasons((output) => gunzip(frame, output))).toEqual([undefined, ["not_json"]])
  })

  it("text is UTF-8 or refused", () => {
    expect(reasons((output) => textOf(Buffer.from("äb"), output))).toEqual(["äb", []])
    expect(reasons((output) => textOf(Buffer.from([0xc3, 0x28]), output))).toEqual([undefined, ["not_json"]])
    expect(reasons((output) => textOf(Buffer.alloc(maxTextBytes + 1), output))).toEqual([
      undefined,
      ["too_large"],
    ])
  })
})
