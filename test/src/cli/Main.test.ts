import { assert, describe, it } from "@effect/vitest"
import { start } from "../../support/command.ts"

const program = "test/support/drainingProgram.ts"

describe("the process", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`drains on ${signal} and exits 0`, async () => {
      const { child, says, ended } = start(program)
      await says("working")
      child.kill(signal)
      const { code, stdout, stderr } = await ended
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual(stdout, "working\ndraining\ndrained\n")
    })
  }

  it("exits at once with 130 on a second signal, although the drain hangs", async () => {
    const { child, says, ended } = start(program, ["stuck"])
    await says("working")
    child.kill("SIGTERM")
    await says("draining")
    child.kill("SIGINT")
    const { code, stderr } = await ended
    assert.strictEqual(code, 130)
    assert.match(stderr, /SIGINT again/)
  })

  it("drains when one press of a key, or `timeout`, signals it twice", async () => {
    const { ended } = start(program, ["twice"])
    const { code, stderr } = await ended
    assert.strictEqual(code, 0, stderr)
  })

  it("drains when the reader of its output is gone, and exits as if by SIGPIPE", async () => {
    const { child, says, ended } = start(program, ["talkative"])
    await says("more")
    child.stdout?.destroy()
    const { code, stderr } = await ended
    assert.strictEqual(code, 141, stderr)
    assert.strictEqual(stderr, "drained\n")
  })

  it("does not call a drain that broke a success", async () => {
    const { child, says, ended } = start(program, ["broken"])
    await says("working")
    child.kill("SIGTERM")
    const { code, stderr } = await ended
    assert.strictEqual(code, 1)
    assert.match(stderr, /the drain broke/)
  })
})
