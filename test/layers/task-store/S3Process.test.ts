import { Effect } from "effect"
import { afterAll } from "vitest"
import * as S3 from "../../../layers/task-store/S3.ts"
import { taskStoreProcessContract } from "../../contract/TaskStoreProcess.ts"
import { ownS3 } from "../../support/s3.ts"

const server = ownS3()
afterAll(() => server?.stop())

// The log is summed up again and again: some of the kills come in the midst of it.
taskStoreProcessContract({
  name: "S3",
  skip: server === undefined,
  make: Effect.suspend(() =>
    Effect.map(server!.place, ({ credentials, ...place }) => {
      const options = { ...place, leaseMillis: 1500, mostEntries: 7 }
      return {
        args: ["s3", JSON.stringify(options), server!.key, server!.secret],
        store: S3.layer({ ...options, credentials }),
      }
    }),
  ),
})
