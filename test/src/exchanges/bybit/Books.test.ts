import { describe, expect, it } from "@effect/vitest"
import { isSnapshot, makeDepthChain, onDelta, onSnapshot } from "../../../../src/collect/DepthChain.ts"
import type { Decoded } from "../../../../src/domain/Decoded.ts"
import { bybitDepth } from "../../../../src/exchanges/bybit/Books.ts"
import { makeBybit } from "../../../../src/exchanges/bybit/index.ts"
import { decodeFrame } from "../../../contract/venue/Support.ts"

const update = (last: number) => ({ last, first: last }) as Decoded

const book = (type: string, u: number): Decoded => {
  const frame = `{"topic":"orderbook.1000.BTCUSDT","type":"${type}","ts":1672304484978,"data":{"s":"BTCUSDT","b":[["1","2"]],"a":[],"u":${u},"seq":${u * 7}}}`
  return decodeFrame(makeBybit(), frame, undefined, "spot").records[0]!
}

describe("Bybit's books", () => {
  it("follow one by one; the very same again says nothing new", () => {
    expect(bybitDepth.follow(10, update(11))).toBe("next")
    expect(bybitDepth.join(10, update(11))).toBe("next")
    expect(bybitDepth.follow(10, update(10))).toBe("contained")
  })

  it("break at anything else: a lost update, an old one", () => {
    expect(bybitDepth.follow(10, update(12))).toBe("gap")
    expect(bybitDepth.follow(10, update(9))).toBe("gap")
  })

  it("begin anew where the service does, with the number 1", () => {
    const chain = makeDepthChain(bybitDepth)
    onSnapshot(chain, book("snapshot", 500))
    expect(onDelta(chain, book("delta", 501)).publish.length).toBe(1)
    const restarted = book("delta", 1)
    expect(isSnapshot(restarted)).toBe(true)
    onSnapshot(chain, restarted)
    expect(onDelta(chain, book("delta", 2)).publish.length).toBe(1)
    expect(onDelta(chain, book("delta", 4)).wantsSnapshot).toBe(true)
  })
})
