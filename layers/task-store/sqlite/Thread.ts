import { workerData } from "node:worker_threads"
import { serveDatabase } from "../../support/sqlite/Serve.ts"
import type { Answers, Request, ThreadOptions } from "./Protocol.ts"
import { makeReading } from "./Reading.ts"
import { openStore, setting } from "./Schema.ts"
import { makeWriting } from "./Writing.ts"

const options = workerData as ThreadOptions

serveDatabase<Request>(setting, () => {
  const database = openStore(options.path)
  if ("reason" in database) return database
  const reading = makeReading(database)
  const writing = makeWriting(database, options.maxBytes)
  const answer = (request: Request): Answers[Request["kind"]] => {
    switch (request.kind) {
      case "save":
        return writing.save(request.rows)
      case "get":
        return reading.get(request.id)
      case "list":
        return reading.list(request.query)
      case "remove":
        return writing.remove(request.ids)
      case "versions":
        return reading.versions(request.id)
      case "saveCheckpoint":
        return writing.saveCheckpoint(request.id, request.body)
      case "checkpoint":
        return reading.checkpoint(request.id)
      case "removeCheckpoint":
        return writing.removeCheckpoint(request.id)
      case "sweep":
        return writing.sweep(request.before)
    }
  }
  return { database, answer }
})
