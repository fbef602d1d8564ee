import { Context, type Effect, Schema } from "effect"

/** A name server said that there is no such name, or nothing of use. */
export class NameResolverError extends Schema.TaggedError<NameResolverError>()("NameResolverError", {
  /** `unknown`: it answered that the name has no addresses. `unreachable`: it did not answer. `refused`: it would not. */
  reason: Schema.Literals(["unknown", "unreachable", "refused"]),
  name: Schema.String,
  server: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return `${this.server} on ${this.name}: ${this.detail}`
  }
}

/** Asks name servers for addresses. Takes no thread and no socket beyond the question: interruption ends it. */
export class NameResolver extends Context.Service<
  NameResolver,
  {
    /** IPv4 and IPv6 addresses of a name, as the server gives them. `server`: an address with or without port, or `localhost` for those that the machine is set up with. */
    readonly resolve: (question: {
      readonly name: string
      readonly server: string
      readonly timeoutMillis: number
    }) => Effect.Effect<ReadonlyArray<string>, NameResolverError>
  }
>()("millrace/services/NameResolver") {}
