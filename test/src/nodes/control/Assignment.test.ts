import { assert, describe, it } from "@effect/vitest"
import {
  type Assignable,
  assign,
  type Candidate,
  whyNobody,
} from "../../../../src/nodes/control/Assignment.ts"
import { makeDice, freshSeed } from "../../../support/seed.ts"

const thing = (
  id: string,
  owner?: string,
  capability = "",
  epoch = owner === undefined ? 0 : 1,
): Assignable => ({
  id,
  capability,
  source: "binance",
  owner,
  epoch,
})
const node = (id: string, capabilities: ReadonlyArray<string> = [], takes = true): Candidate => ({
  id,
  capabilities,
  takes,
})

const nobodyIsGone = () => false

describe("assignment", () => {
  it("gives what only a plugin may know to a node that has one, and says why nobody gets it", () => {
    const own = { ...node("own", ["kline"]), sources: ["binance", "okx"] }
    const plugin = node("plugin", ["kline"])
    const feed = { ...thing("a", undefined, "kline"), source: "my-feed" }
    assert.deepStrictEqual(
      assign([feed], [own, plugin], nobodyIsGone).map(({ to }) => to),
      ["plugin"],
    )
    assert.deepStrictEqual(assign([feed], [own], nobodyIsGone), [])
    assert.strictEqual(
      whyNobody(feed, [own]),
      "no node that is online (own) can collect kline from my-feed: see their capabilities and sources",
    )
    assert.strictEqual(whyNobody(feed, [{ ...plugin, takes: false }]), "no node is online")
    assert.strictEqual(whyNobody(feed, []), "no node has reported here yet")
  })

  it("shares what is free out evenly, and gives each an epoch of its own", () => {
    const moves = assign(
      ["a", "b", "c", "d"].map((id) => thing(id)),
      [node("x"), node("y")],
      nobodyIsGone,
    )
    assert.deepStrictEqual(
      moves.map(({ epoch, id, to }) => [id, to, epoch]),
      [
        ["a", "x", 1],
        ["b", "y", 1],
        ["c", "x", 1],
        ["d", "y", 1],
      ],
    )
  })

  it("leaves what has an owner where it is, however uneven that is", () => {
    const moves = assign([thing("a", "x"), thing("b", "x"), thing("c")], [node("x"), node("y")], nobodyIsGone)
    assert.deepStrictEqual(moves, [{ id: "c", from: undefined, to: "y", epoch: 1 }])
  })

  it("moves what a node had that is gone, with a higher epoch", () => {
    const moves = assign(
      [thing("a", "x", "", 4)],
      [node("x", [], false), node("y")],
      (owner) => owner === "x",
    )
    assert.deepStrictEqual(moves, [{ id: "a", from: "x", to: "y", epoch: 5 }])
  })

  it("gives a thing only to a node that can do it; one that does not say can do all", () => {
    const nodes = [node("x", ["ticker"]), node("y", ["kline"])]
    assert.strictEqual(assign([thing("a", undefined, "kline")], nodes, nobodyIsGone)[0]!.to, "y")
    assert.deepStrictEqual(assign([thing("a", undefined, "trade")], nodes, nobodyIsGone), [])
    assert.strictEqual(
      assign([thing("a", undefined, "trade")], [...nodes, node("z")], nobodyIsGone)[0]!.to,
      "z",
    )
  })

  it("takes a thing from one that is gone even where nobody else can have it, so that nobody is said to run it", () => {
    const moves = assign([thing("a", "x", "kline")], [node("y", ["ticker"])], () => true)
    assert.deepStrictEqual(moves, [{ id: "a", from: "x", to: undefined, epoch: 1 }])
  })

  it("never gives a thing away while its owner may be running it, in 2,000 random fleets", () => {
    const { chance, int, pick, seed } = makeDice(freshSeed())
    for (let round = 0; round < 2_000; round++) {
      const names = Array.from({ length: 1 + int(5) }, (_, index) => `n${index}`)
      const gone = new Set(names.filter(() => chance(1 / 3)))
      const nodes = names.map((name) => node(name, chance(1 / 2) ? [] : [pick(["k", "t"])], !gone.has(name)))
      const things = Array.from({ length: int(13) }, (_, index) =>
        thing(`t${index}`, chance(1 / 2) ? pick(names) : undefined, pick(["", "k", "t"])),
      )
      const moves = assign(things, nodes, (owner) => gone.has(owner))
      const said = `seed ${seed}, round ${round}`
      assert.strictEqual(new Set(moves.map(({ id }) => id)).size, moves.length, said)
      for (const { epoch, from, id, to } of moves) {
        const before = things.find((each) => each.id === id)!
        assert.strictEqual(before.owner, from, said)
        assert.isTrue(from === undefined || gone.has(from), said)
        assert.isTrue(to === undefined || !gone.has(to), said)
        assert.strictEqual(epoch, to === undefined ? before.epoch : before.epoch + 1, said)
      }
    }
  })
})
