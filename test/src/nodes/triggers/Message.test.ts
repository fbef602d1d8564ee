import { assert, describe, it } from "@effect/vitest"
import { messageOf } from "../../../../src/nodes/triggers/Message.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe("a message from outside", () => {
  it("is parsed where it is JSON, and stays as it came: digits that no double holds go on to plugins", () => {
    const text = '{"order": 1234567890123456789}'
    assert.deepStrictEqual(messageOf(bytes(text)), { message: JSON.parse(text) as unknown, text })
    assert.deepStrictEqual(messageOf(bytes("\uFEFFnull")), { message: null, text: "null" })
  })

  it("is its bytes where it is no JSON, or no text", () => {
    for (const raw of [bytes("hello"), bytes(""), Uint8Array.of(0x22, 0xff, 0x22)])
      assert.deepStrictEqual(messageOf(raw), { raw })
  })
})
