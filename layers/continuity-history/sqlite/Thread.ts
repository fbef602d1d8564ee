/**
 * The thread that holds the database: SQLite is synchronous, and what collects must not wait for a disk. It has no
 * clock, no timer and no file of its own beside the database; it answers one request after the other.
 */
import { parentPort, workerData } from "node:worker_threads"
import type { DatabaseSync } from "node:sqlite"
import { failureOf } from "./Failure.ts"
import type { Answers, Envelope, Failure, Reply, Request, ThreadOptions } from "./Protocol.ts"
import { makeReading } from "./Reading.ts"
import { openDatabase } from "./Schema.ts"
import { makeSweeping } from "./Sweeping.ts"
import { makeWriting } from "./Writing.ts"

const options = workerData as ThreadOptions

interface Opened {
  readonly database: DatabaseSync
  readonly read: ReturnType<typeof makeReading>
  readonly write: ReturnType<typeof makeWriting>
  readonly sweeping: ReturnType<typeof makeSweeping>
}

let opened: Opened | undefined

const open = (): Opened | Failure => {
  const database = openDatabase(options.path)
  if ("reason" in database) return database
  return {
    database,
    read: makeReading(database),
    write: makeWriting(database, options.writer),
    sweeping: makeSweeping(database, options),
  }
}

const close = (): undefined => {
  opened?.database.close()
  opened = undefined
}

const answer = (request: Request, { read, sweeping, write }: Opened): Answers[keyof Answers] => {
  switch (request.kind) {
    case "read":
      return read(request.query, request.now)
    case "sweep":
      return sweeping.sweep(request.now)
    case "write":
      write(request.batch)
      sweeping.fit(request.now)
      return undefined
    case "close":
      return close()
  }
}

const reply = ({ id, request }: Envelope): Reply => {
  // The thread's edge: what SQLite throws goes back as a value.
  try {
    // What stood in the way of opening it may be gone: each request tries.
    const usable = opened ?? (request.kind === "close" ? undefined : open())
    if (usable === undefined) return { id, value: undefined }
    if ("reason" in usable) return { id, failure: usable }
    opened = usable
    return { id, value: answer(request, usable) }
  } catch (error) {
    const failure = failureOf(error)
    // Whoever moves a damaged file away finds a new one begun.
    if (failure.reason === "damaged") close()
    return { id, failure }
  }
}

parentPort?.on("message", (envelope: Envelope) => parentPort?.postMessage(reply(envelope), []))
