import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Scheduler } from "effect"
import * as Mailbox from "../../../src/runtime/Mailbox.ts"
import { type Dice, withSeeds } from "../../support/seed.ts"
import { type Action, makeModel, type Message, type ModelOptions } from "./MailboxModel.ts"

/** Lets everyone go on who can. */
const settle = Effect.repeat(Effect.yieldNow, { times: 3 })

const policies: ReadonlyArray<Mailbox.MailboxPolicy> = [
  "block",
  "block",
  "drop_oldest",
  "drop_newest",
  "conflate",
]

const drawOptions = (dice: Dice): ModelOptions => ({
  policy: dice.pick(policies),
  items: 1 + dice.int(5),
  bytes: 1 + dice.int(20),
})

const drawAction = (dice: Dice, number: number, waiting: ReadonlyArray<number>): Action => {
  const message = (): Message => ({ id: number, key: dice.pick(["a", "b", "c", "d"]), size: dice.int(12) })
  const chance = dice.next()
  if (chance < 0.25) return { does: "offer", by: number, message: message() }
  if (chance < 0.5) return { does: "offerUnsafe", by: number, message: message() }
  if (chance < 0.7) return { does: "take", by: number }
  if (chance < 0.85) return { does: "takeAll", by: number }
  if (chance < 0.98) return { does: "interrupt", by: waiting.length === 0 ? -1 : dice.pick(waiting) }
  return { does: "end" }
}

/** A mailbox whose waiting fibers are known by number. `said` as in the model. */
const observed = Effect.fnUntraced(function* (options: ModelOptions, stepsBeforeYield: number) {
  const said: Array<string> = []
  const fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  const mailbox = yield* Mailbox.make<Message>({
    name: "observed",
    capacity: { items: options.items, bytes: options.bytes },
    policy: options.policy,
    sizeOf: ({ size }) => size,
    keyOf: ({ key }) => key,
    onDrop: ({ id }) => said.push(`drop ${id}`),
  })

  const fork = <A>(by: number, effect: Effect.Effect<A, Cause.Done>, show: (value: A) => string) =>
    Effect.map(
      Effect.forkChild(
        // The answer is noted uninterruptibly: only the wait is interrupted, as by a fiber that must lose nothing.
        Effect.uninterruptibleMask((restore) =>
          Effect.map(Effect.exit(restore(effect)), (exit) => {
            if (Exit.isSuccess(exit)) said.push(`${by}: ${show(exit.value)}`)
            else if (!Cause.hasInterrupts(exit.cause))
              said.push(`${by}: ${Cause.hasDies(exit.cause) ? "died" : "done"}`)
          }),
        ).pipe(Effect.provideService(Scheduler.MaxOpsBeforeYield, stepsBeforeYield)),
        { startImmediately: true },
      ),
      (fiber) => void fibers.set(by, fiber),
    )

  const begin = (action: Action): Effect.Effect<void> => {
    switch (action.does) {
      case "offerUnsafe":
        return Effect.sync(() => void said.push(`${action.by}: ${mailbox.offerUnsafe(action.message)}`))
      case "offer":
        return fork(action.by, mailbox.offer(action.message), String)
      case "take":
        return fork(action.by, mailbox.take, ({ id }) => String(id))
      case "takeAll":
        return fork(action.by, mailbox.takeAll, (all) => all.map(({ id }) => id).join())
      case "interrupt":
        return Effect.sync(() => fibers.get(action.by)?.interruptUnsafe())
      case "end":
        return mailbox.end
    }
  }

  const statsNow = () => {
    const { items, bytes, offered, taken, dropped, waitingOffers, ended } = mailbox.stats()
    return { items, bytes, offered, taken, dropped, waitingOffers, ended }
  }
  return { mailbox, fibers, said, begin, statsNow }
})

describe("a mailbox", () => {
  it.effect(
    "does what its model says in 200 random sequences of 40 actions, also when those who wait are interrupted",
    () =>
      withSeeds(500, (dice) =>
        Effect.gen(function* () {
          const options = drawOptions(dice)
          const model = makeModel(options)
          const { begin, fibers, said, statsNow } = yield* observed(options, 2_048)
          const actions: Array<Action> = []
          for (let number = 0; number < 40; number++) {
            const action = drawAction(dice, number, model.waiting())
            actions.push(action)
            const predicted = model.apply(action)
            yield* begin(action)
            yield* settle
            const seen = { said: said.splice(0).toSorted(), stats: statsNow() }
            assert.deepStrictEqual(seen, predicted, JSON.stringify([options, actions]))
          }
          yield* Fiber.interruptAll(fibers.values())
        }),
      ),
  )

  it.effect("loses, doubles and reorders nothing when much happens at once", () =>
    withSeeds(500, (dice) =>
      Effect.gen(function* () {
        const options = drawOptions(dice)
        const steps = dice.chance(0.3) ? 2_048 : 3 + dice.int(8)
        // A fiber that yields after every few steps may be interrupted, or overtaken, between any two of them.
        const { begin, fibers, mailbox, said, statsNow } = yield* observed(options, steps)
        const offers = new Map<number, Message>()
        for (let number = 0; number < 60; number++) {
          const action = drawAction(dice, number, [...fibers.keys()])
          if (action.does === "offer" || action.does === "offerUnsafe") offers.set(number, action.message)
          yield* begin(action)
          if (dice.chance(0.3)) yield* Effect.yieldNow
          const { items, bytes, offered, taken, dropped } = statsNow()
          assert.strictEqual(offered, taken + dropped + items)
          assert.isTrue(items <= options.items && (bytes <= options.bytes || items === 1))
        }
        yield* Effect.repeat(settle, { times: 20 })
        // No one waits who could go on.
        const waiting = [...fibers].filter(([, fiber]) => fiber.pollUnsafe() === undefined).map(([by]) => by)
        const { items, waitingOffers } = statsNow()
        assert.isFalse(items > 0 && waiting.some((by) => !offers.has(by)), said.join(" | "))
        assert.isFalse(items === 0 && waitingOffers > 0, said.join(" | "))
        assert.strictEqual(waiting.filter((by) => offers.has(by)).length, waitingOffers, said.join(" | "))

        yield* mailbox.end
        const rest = yield* Effect.forkChild(
          Effect.forever(
            Effect.map(mailbox.takeAll, (all) => said.push(`rest: ${all.map(({ id }) => id).join()}`)),
          ),
        )
        yield* Effect.repeat(settle, { times: 20 })
        yield* Fiber.interruptAll(fibers.values())
        yield* Fiber.await(rest)

        const accepted = said.flatMap((line) =>
          /: (?:true|taken)$/.test(line) ? [Number.parseInt(line)] : [],
        )
        const dropped = said.flatMap((line) => (line.startsWith("drop ") ? [Number(line.slice(5))] : []))
        const delivered = said.flatMap((line) => {
          const by = Number.parseInt(line)
          const answer = line.split(": ")[1]
          return answer === undefined || offers.has(by) || answer === "done"
            ? []
            : answer.split(",").map(Number)
        })
        const ascending = (all: ReadonlyArray<number>) => all.toSorted((a, b) => a - b)
        // Whatever was accepted, and only that, arrived or was dropped, once.
        assert.deepStrictEqual(ascending([...delivered, ...dropped]), ascending(accepted), said.join(" | "))
        assert.strictEqual(statsNow().dropped, dropped.length)
        // A replacement under conflate arrives in the place of what it replaced; who yields before its offer may come later.
        if (options.policy !== "conflate" && steps === 2_048)
          assert.deepStrictEqual(delivered, ascending(delivered))
      }),
    ),
  )
})
