import { Context, type Effect, type Redacted, Schema } from "effect"

/** Where a secret is kept: never the secret itself. */
export type SecretReference =
  /** An environment variable. */
  | { readonly env: string }
  /** A file, such as a mounted Kubernetes secret; one line break at its end is not part of it. */
  | { readonly file: string }
  /** An id in the secret manager. */
  | { readonly secret: string }

/** A secret that could not be had. Says where it was looked for, never what was found. */
export class SecretError extends Schema.TaggedError<SecretError>()("SecretError", {
  detail: Schema.String,
}) {
  override get message(): string {
    return this.detail
  }
}

/** Looks secrets up. What it gives prints as `<redacted>` wherever it goes. */
export class Secrets extends Context.Service<
  Secrets,
  {
    readonly resolve: (reference: SecretReference) => Effect.Effect<Redacted.Redacted<string>, SecretError>
  }
>()("millrace/services/Secrets") {}

const fields = ["env", "file", "secret"] as const

/** The reference that a value of the configuration is, or `undefined`. */
export const secretReference = (value: unknown): SecretReference | undefined => {
  if (typeof value !== "object" || value === null) return undefined
  const entries = Object.entries(value)
  if (entries.length !== 1) return undefined
  const [field, where] = entries[0]!
  return fields.some((each) => each === field) && typeof where === "string" && where !== ""
    ? ({ [field]: where } as unknown as SecretReference)
    : undefined
}
