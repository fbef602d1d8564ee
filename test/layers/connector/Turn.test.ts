import { assert, describe, it } from "@effect/vitest"
import { Effect, Scheduler } from "effect"
import { makeTurn, turnBytes } from "../../../layers/connector/Turn.ts"

const scripted = Effect.fnUntraced(function* () {
  const calls: Array<"pause" | "resume"> = []
  const socket = { pause: () => void calls.push("pause"), resume: () => void calls.push("resume") }
  const state = { calls, held: false }
  const turn = makeTurn(socket, () => state.held, yield* Scheduler.Scheduler)
  return { turn, state, calls }
})

const nextTurn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

describe("a socket's turn", () => {
  it.effect("ends when it has read its share, and the next one begins after everybody else's", () =>
    Effect.gen(function* () {
      const { turn, calls } = yield* scripted()
      for (let read = 0; read < turnBytes - 1024; read += 1024) turn.read(1024)
      assert.deepStrictEqual(calls, [])
      turn.read(1024)
      assert.deepStrictEqual(calls, ["pause"])
      assert.isTrue(turn.resting())
      // What it had in its buffer still comes.
      turn.read(turnBytes)
      assert.deepStrictEqual(calls, ["pause"])
      yield* nextTurn
      assert.deepStrictEqual(calls, ["pause", "resume"])
      assert.isFalse(turn.resting())
    }),
  )

  it.effect("counts each turn by itself", () =>
    Effect.gen(function* () {
      const { turn, calls } = yield* scripted()
      for (let turns = 0; turns < 5; turns++) {
        turn.read(turnBytes / 2)
        yield* nextTurn
      }
      assert.deepStrictEqual(calls, [])
    }),
  )

  it.effect("does not resume a socket that is paused because nobody has room for more", () =>
    Effect.gen(function* () {
      const { turn, state, calls } = yield* scripted()
      turn.read(turnBytes)
      state.held = true
      yield* nextTurn
      assert.deepStrictEqual(calls, ["pause"])
      assert.isFalse(turn.resting())
    }),
  )
})
