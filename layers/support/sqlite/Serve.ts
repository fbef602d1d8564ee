import { parentPort } from "node:worker_threads"
import type { DatabaseSync } from "node:sqlite"
import { failureOf, type Failure } from "./Failure.ts"
import type { Asked, Envelope, Reply } from "./Protocol.ts"

export interface Served<Request> {
  readonly database: DatabaseSync
  readonly answer: (request: Request) => unknown
}

/**
 * The whole life of a thread that holds a database: SQLite is synchronous, and nobody else may wait for a disk. It has
 * no clock, no timer and no file of its own beside the database; it answers one request after the other. `setting` is
 * the key of the configuration that says where the file is.
 */
export const serveDatabase = <Request extends Asked>(
  setting: string,
  open: () => Served<Request> | Failure,
): void => {
  const explain = failureOf(setting)
  let opened: Served<Request> | undefined

  const close = (): undefined => {
    opened?.database.close()
    opened = undefined
  }

  const reply = ({ id, request }: Envelope<Request>): Reply => {
    // The thread's edge: what SQLite throws goes back as a value.
    try {
      if (request === undefined) return { id, value: close() }
      // What stood in the way of opening it may be gone: each request tries.
      const usable = opened ?? open()
      if ("reason" in usable) return { id, failure: usable }
      opened = usable
      return { id, value: usable.answer(request) }
    } catch (error) {
      const failure = explain(error)
      // Whoever moves a damaged file away finds a new one begun.
      if (failure.reason === "damaged") close()
      return { id, failure }
    }
  }

  parentPort?.on("message", (envelope: Envelope<Request>) => parentPort?.postMessage(reply(envelope), []))
}
