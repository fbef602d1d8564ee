import { Effect } from "effect"
import { Worker } from "node:worker_threads"
import type { Failure } from "./Failure.ts"
import type { Asked, Envelope, Reply } from "./Protocol.ts"

/** It holds statements and one answer at a time; what needs more is not let in. */
const resourceLimits = { maxOldGenerationSizeMb: 256 }

const busy: Failure = { reason: "busy", detail: "too many ask at once: ask again later" }
const stopped: Failure = { reason: "stopped", detail: "it is closed" }

interface Running {
  readonly worker: Worker
  readonly waiting: Map<number, (reply: Effect.Effect<unknown, Failure>) => void>
}

export interface DatabaseThreadOptions<Request> {
  /** The thread's file, which calls `serveDatabase`. */
  readonly file: URL
  readonly workerData: unknown
  /** Asking of these kinds that waits at most; the rest is never turned away. */
  readonly patience: { readonly of: (request: Request) => boolean; readonly most: number }
}

/**
 * A thread that holds a database, as this one sees it. One that dies (out of memory, a defect) fails what was asked of
 * it, and the next request starts another. `Answers` has the type of the answer to each kind of request.
 */
export class DatabaseThread<Request extends Asked, Answers extends Record<Request["kind"], unknown>> {
  readonly #options: DatabaseThreadOptions<Request>
  #running: Running | undefined
  #next = 1
  #closed = false

  constructor(options: DatabaseThreadOptions<Request>) {
    this.#options = options
  }

  readonly ask = <K extends Request["kind"]>(
    request: Extract<Request, { readonly kind: K }>,
  ): Effect.Effect<Answers[K], Failure> =>
    this.#send(request, this.#options.patience.of(request)) as Effect.Effect<Answers[K], Failure>

  /** Everything that was asked is done and the file is closed. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    const running = this.#running
    if (running === undefined) {
      this.#closed = true
      return Effect.void
    }
    this.#closed = true
    return this.#send(undefined, false).pipe(
      Effect.timeout("5 seconds"),
      Effect.ignore,
      Effect.andThen(Effect.promise(() => running.worker.terminate())),
    )
  })

  #send(request: Request | undefined, mayBeRefused: boolean): Effect.Effect<unknown, Failure> {
    return Effect.callback((resume) => {
      if (this.#closed && request !== undefined) return resume(Effect.fail(stopped))
      const { waiting, worker } = (this.#running ??= this.#start())
      if (mayBeRefused && waiting.size >= this.#options.patience.most) return resume(Effect.fail(busy))
      const id = this.#next++
      waiting.set(id, resume)
      const envelope: Envelope<Request> = { id, request }
      worker.postMessage(envelope, [])
      return Effect.sync(() => waiting.delete(id))
    })
  }

  #start(): Running {
    const { file, workerData } = this.#options
    const worker = new Worker(file, { workerData, execArgv: [], resourceLimits })
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
      resume?.("failure" in reply ? Effect.fail(reply.failure) : Effect.succeed(reply.value))
    })
    worker.on("error", (error) => died(error instanceof Error ? error.message : String(error)))
    worker.on("exit", (code) => died(`exit code ${code}`))
    return running
  }
}
