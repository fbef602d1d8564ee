import { Context, type Effect, Schema } from "effect"

/** The address is of no use now. */
export class AddressProbeError extends Schema.TaggedError<AddressProbeError>()("AddressProbeError", {
  address: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return `${this.address}: ${this.detail}`
  }
}

export interface ProbeTarget {
  readonly address: string
  readonly port: number
  readonly timeoutMillis: number
  /** What is asked of it; without it a connection is enough. */
  readonly request?: {
    /** With TLS, and a certificate of `host` that this machine trusts. */
    readonly secure: boolean
    /** The name that the address is of. */
    readonly host: string
    readonly method: string
    readonly path: string
    readonly expectedStatus: number
  }
}

/** Tries whether an address serves. One connection a probe, closed when it ends. */
export class AddressProbe extends Context.Service<
  AddressProbe,
  { readonly probe: (target: ProbeTarget) => Effect.Effect<void, AddressProbeError> }
>()("millrace/services/AddressProbe") {}
