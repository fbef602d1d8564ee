import { Effect } from "effect"
import { Worker } from "node:worker_threads"
import type { Answers, Envelope, Failure, Reply, Request, ThreadOptions } from "./Protocol.ts"

/** The file of the thread beside this one: TypeScript in the repository, JavaScript in the package. */
const file = new URL(import.meta.url.endsWith(".ts") ? "./Thread.ts" : "./Thread.js", import.meta.url)

/** It holds statements and one answer at a time; what needs more is not let in. */
const resourceLimits = { maxOldGenerationSizeMb: 256 }

/** Asking that waits at most: one writes, the rest are people. */
const mostWaiting = 32

const busy: Failure = { reason: "busy", detail: "too many ask at once: ask again later" }
const stopped: Failure = { reason: "stopped", detail: "it is closed" }

interface Running {
  readonly worker: Worker
  readonly waiting: Map<number, (reply: Effect.Effect<Reply, Failure>) => void>
}

/**
 * The thread as this one sees it. One that dies (out of memory, a defect) fails what was asked of it, and the next
 * request starts another.
 */
export class HistoryThread {
  readonly #options: ThreadOptions
  #running: Running | undefined
  #next = 1
  #closed = false

  constructor(options: ThreadOptions) {
    this.#options = options
  }

  readonly ask = <K extends keyof Answers>(
    request: Extract<Request, { readonly kind: K }>,
  ): Effect.Effect<Answers[K], Failure> =>
    Effect.flatMap(this.#send(request), (reply) =>
      "failure" in reply ? Effect.fail(reply.failure) : Effect.succeed(reply.value as Answers[K]),
    )

  /** Everything that was asked is done and the file is closed. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    const running = this.#running
    if (running === undefined) {
      this.#closed = true
      return Effect.void
    }
    const closing = this.ask({ kind: "close" })
    this.#closed = true
    return closing.pipe(
      Effect.timeout("5 seconds"),
      Effect.ignore,
      Effect.andThen(Effect.promise(() => running.worker.terminate())),
    )
  })

  #send(request: Request): Effect.Effect<Reply, Failure> {
    return Effect.callback((resume) => {
      if (this.#closed) return resume(Effect.fail(stopped))
      const { waiting, worker } = (this.#running ??= this.#start())
      if (waiting.size >= mostWaiting && request.kind === "read") return resume(Effect.fail(busy))
      const id = this.#next++
      waiting.set(id, resume)
      const envelope: Envelope = { id, request }
      worker.postMessage(envelope, [])
      return Effect.sync(() => waiting.delete(id))
    })
  }

  #start(): Running {
    const worker = new Worker(file, { workerData: this.#options, execArgv: [], resourceLimits })
    const running: Running = { worker, waiting: new Map() }
    const died = (why: string): void => {
      if (this.#running === running) this.#running = undefined
      const failure: Failure = { reason: "io", detail: `its thread has ended: ${why}` }
      for (const resume of running.waiting.values()) resume(Effect.fail(failure))
      running.waiting.clear()
    }
    worker.on("message", (reply: Reply) => {
      const resume = running.waiting.get(reply.id)
      running.waiting.delete(reply.id)
      resume?.(Effect.succeed(reply))
    })
    worker.on("error", (error) => died(error instanceof Error ? error.message : String(error)))
    worker.on("exit", (code) => died(`exit code ${code}`))
    return running
  }
}
