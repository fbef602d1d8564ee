import { assert, describe, it } from "@effect/vitest"
import { once } from "node:events"
import WebSocket from "ws"
import { millrace, start } from "../../support/command.ts"

describe("millrace simulate --faults", () => {
  it("does what the list says to whoever connects, and says how often", async () => {
    const program = start("src/main.ts", [
      "simulate",
      "--faults",
      "garbage:event/every=3/times=2,reset/every=20",
    ])
    let said = ""
    program.child.stderr!.on("data", (chunk: Buffer) => (said += chunk.toString()))
    try {
      await program.says("simulating binance")
      const [, endpoint] = /WebSocket (ws:\/\/[\d.:]+)/.exec(said)!
      const ws = new WebSocket(`${endpoint}/stream?streams=btcusdt@bookTicker`)
      const got: Array<string> = []
      ws.on("message", (data: Buffer) => got.push(data.toString()))
      ws.on("error", () => {})
      const [code] = (await once(ws, "close")) as [number]
      assert.strictEqual(code, 1006)
      assert.strictEqual(got.filter((text) => text.includes("surprise")).length, 2)
      assert.strictEqual(got.length, 22)
      await program.says("faults so far: garbage 2, reset 1")
    } finally {
      program.child.kill("SIGTERM")
    }
  })

  it("refuses a list that it cannot read: which fault, what is wrong, what to write; exit 1", async () => {
    const { code, stderr, stdout } = await millrace(["simulate", "--faults", "drop@5s,stall@10"])
    assert.strictEqual(code, 1)
    assert.strictEqual(stdout, "")
    assert.strictEqual(
      stderr,
      `millrace: --faults: fault 2, "stall@10": "10" is a time without a unit; write 10s or 10ms\n`,
    )
  })
})
