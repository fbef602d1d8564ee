import { workerData } from "node:worker_threads"
import { serveDatabase } from "../../support/sqlite/Serve.ts"
import type { Answers, Request, ThreadOptions } from "./Protocol.ts"
import { makeReading } from "./Reading.ts"
import { openHistory, setting } from "./Schema.ts"
import { makeSweeping } from "./Sweeping.ts"
import { makeWriting } from "./Writing.ts"

const options = workerData as ThreadOptions

serveDatabase<Request>(setting, () => {
  const database = openHistory(options.path)
  if ("reason" in database) return database
  const read = makeReading(database)
  const write = makeWriting(database, options.writer)
  const sweeping = makeSweeping(database, options)
  const answer = (request: Request): Answers[Request["kind"]] => {
    switch (request.kind) {
      case "read":
        return read(request.query, request.now)
      case "sweep":
        return sweeping.sweep(request.now)
      case "write":
        write(request.batch)
        sweeping.fit(request.now)
        return undefined
    }
  }
  return { database, answer }
})
