import { Effect, Layer } from "effect"
import * as dns from "node:dns"
import { NameResolver, NameResolverError } from "../../services/NameResolver.ts"

/** The server knows the name, or that there is none, but has no address of this family. */
const empty = new Set<string>([dns.NODATA, dns.NOTFOUND])

const silent = new Set<string>([dns.TIMEOUT, dns.CONNREFUSED, dns.CANCELLED, dns.DESTRUCTION])

type Failure = Error & { readonly code?: string | undefined }

interface Question {
  readonly name: string
  readonly server: string
  readonly timeoutMillis: number
}

const errorOf = ({ name, server, timeoutMillis }: Question, { code = "", message }: Failure) =>
  new NameResolverError({
    name,
    server,
    reason: empty.has(code) ? "unknown" : silent.has(code) ? "unreachable" : "refused",
    detail: empty.has(code)
      ? "it knows no address of that name"
      : code === dns.TIMEOUT
        ? `no answer in ${timeoutMillis} ms`
        : message,
  })

/** One server, asked once for each family. What one of them knows is enough. */
const ask = (question: Question): Effect.Effect<ReadonlyArray<string>, NameResolverError> =>
  Effect.callback((resume) => {
    const { name, server, timeoutMillis } = question
    const resolver = new dns.Resolver({ timeout: timeoutMillis, tries: 1 })
    const found: Array<string> = []
    let left = 2
    let worst: Failure | undefined
    const heard = (error: Failure | null, addresses: ReadonlyArray<string> = []): void => {
      found.push(...addresses)
      // That the server was not heard says more than that it knows nothing.
      if (error !== null && (worst === undefined || empty.has(worst.code ?? ""))) worst = error
      if (--left > 0) return
      resume(
        found.length > 0 || worst === undefined
          ? Effect.succeed(found)
          : Effect.fail(errorOf(question, worst)),
      )
    }
    try {
      if (server !== "localhost" && server !== "") resolver.setServers([server])
    } catch (error) {
      resume(Effect.fail(errorOf(question, error instanceof Error ? error : new Error(String(error)))))
      return
    }
    resolver.resolve4(name, heard)
    resolver.resolve6(name, heard)
    return Effect.sync(() => resolver.cancel())
  })

const resolve = Effect.fnUntraced(function* (question: Question) {
  return yield* Effect.timeoutOrElse(ask(question), {
    // The library's own limit comes first, unless it waits longer than it was told.
    duration: question.timeoutMillis + 500,
    orElse: () =>
      Effect.fail(
        new NameResolverError({
          name: question.name,
          server: question.server,
          reason: "unreachable",
          detail: `no answer in ${question.timeoutMillis} ms`,
        }),
      ),
  })
})

/**
 * Node's own questions over UDP (TCP for long answers). Not its look-ups: those block one of the few threads that the
 * disk needs too. So the machine's list of hosts is not read.
 */
export const layer: Layer.Layer<NameResolver> = Layer.succeed(NameResolver, NameResolver.of({ resolve }))
