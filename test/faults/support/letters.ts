import { NodeServices } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import * as Files from "../../../layers/dead-letters/Files.ts"
import { DeadLetters, type Letter } from "../../../services/DeadLetters.ts"

/** Every dead letter below a folder, oldest first. */
export const keptLetters = (folder: string) =>
  Effect.gen(function* () {
    const store = yield* DeadLetters
    const found: Array<Letter> = []
    let cursor: number | undefined
    do {
      const page = yield* store.list({ order: "oldest", limit: 500, cursor })
      found.push(...page.letters)
      cursor = page.next
    } while (cursor !== undefined)
    return found
  }).pipe(
    Effect.provide(
      Files.layer({ path: folder, maxBytes: 2 ** 40, maxLetters: 1e9, retentionMillis: 1e12 }).pipe(
        Layer.provide(NodeServices.layer),
      ),
    ),
  )
