import { Console, Effect } from "effect"
import { runProcess } from "../../src/cli/Main.ts"

/** A program that works until it is stopped, then drains: for ever with `stuck`, wrongly with `broken`. `talkative` writes all the time, `twice` signals itself, and is kept from working in between. */
const way = process.argv[2]

const drain = Effect.gen(function* () {
  yield* Console.log("draining")
  if (way === "stuck") return yield* Effect.never
  if (way === "broken") return yield* Effect.die(new Error("the drain broke"))
  yield* Effect.sleep(way === "twice" ? "500 millis" : "50 millis")
  yield* Console.log("drained")
  yield* Console.error("drained")
})

Effect.gen(function* () {
  yield* Effect.addFinalizer(() => drain)
  yield* Console.log("working")
  if (way === "talkative") return yield* Effect.forever(Effect.delay(Console.log("more"), "5 millis"))
  if (way === "twice") {
    process.once("SIGTERM", () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      process.kill(process.pid, "SIGTERM")
    })
    process.kill(process.pid, "SIGTERM")
  }
  return yield* Effect.never
}).pipe(Effect.scoped, runProcess)
