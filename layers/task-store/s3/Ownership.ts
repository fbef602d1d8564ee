import { Duration, Effect } from "effect"
import { TaskStoreError } from "../../../services/TaskStore.ts"
import type { Bucket } from "./Bucket.ts"

/** Servers show whole seconds. */
const grain = 1000

const folder = "owners/"

/** Numbers in keys, which sort as they count. */
export const numbered = (number: number): string => String(number).padStart(16, "0")

export const numberOf = (key: string): number => Number(key.slice(key.lastIndexOf("/") + 1))

/** The newest owner that there is, or was until it died. */
interface Claim {
  readonly term: number
  readonly renewedAt: number
}

const isSame = (left: Claim | undefined, right: Claim | undefined): boolean =>
  left?.term === right?.term && left?.renewedAt === right?.renewedAt

export interface OwnershipOptions {
  readonly bucket: Bucket
  /** Who does not say for so long that it lives may be followed by another. */
  readonly leaseMillis: number
  /** For a person at the other process: `pid 7 on host-a`. */
  readonly process: string
  /** Tells this process from every other. */
  readonly writer: string
}

/**
 * Which process keeps its tasks below a prefix: the one with the highest term, an object `owners/<term>` that it alone
 * writes again and again, and removes when it ends. The server's clock alone says how old that is.
 */
export const makeOwnership = ({ bucket, leaseMillis, process, writer }: OwnershipOptions) => {
  const { where } = bucket
  const body = Buffer.from(JSON.stringify({ process, writer }))
  const keyOf = (term: number): string => `${folder}${numbered(term)}`

  const newest = Effect.map(bucket.list(folder), ({ objects, serverTime }) => {
    let claim: Claim | undefined
    for (const { key, modifiedAt } of objects)
      if (claim === undefined || numberOf(key) > claim.term)
        claim = { term: numberOf(key), renewedAt: modifiedAt }
    return { claim, serverTime, objects }
  })

  const taken = Effect.fnUntraced(function* (term: number) {
    const said = yield* bucket.read(keyOf(term))
    const who = said === undefined ? "" : ` ${Buffer.from(said).toString("utf8")}`
    return yield* new TaskStoreError({
      reason: "io",
      detail: `${where}: another process keeps its tasks there${who}: stop that one, or set another \`tasks.s3.prefix\``,
    })
  })

  return {
    newest: Effect.map(newest, ({ claim }) => claim),
    isSame,
    /** Waits until nobody lives there. Whoever is heard meanwhile does, and this is refused. */
    vacancy: Effect.gen(function* () {
      const { claim, serverTime } = yield* newest
      if (claim === undefined) return undefined
      const left = claim.renewedAt + leaseMillis + grain - serverTime
      if (left <= 0) return claim
      // One that lives is heard three times in this time: there is no need to wait for all of it.
      for (let waited = 0; waited < left;) {
        const pause = Math.min(left - waited, grain)
        yield* Effect.sleep(Duration.millis(pause))
        waited += pause
        const now = (yield* newest).claim
        if (now === undefined) return undefined
        if (!isSame(claim, now)) return yield* taken(now.term)
      }
      return claim
    }),
    /** Of those who want the same term, one is given it. */
    claim: Effect.fnUntraced(function* (term: number) {
      if ((yield* bucket.create(keyOf(term), body)) === "created") return true
      // The answer to the first attempt may have been lost.
      const found = yield* bucket.read(keyOf(term))
      return found !== undefined && body.equals(found)
    }),
    renew: (term: number) => bucket.write(keyOf(term), body),
    /** Those who were before this one are gone. */
    forget: (term: number) =>
      Effect.flatMap(newest, ({ objects }) =>
        Effect.forEach(
          objects.filter(({ key }) => numberOf(key) < term),
          ({ key }) => bucket.remove(key),
          { discard: true },
        ),
      ),
    release: (term: number) => bucket.remove(keyOf(term)),
  }
}
