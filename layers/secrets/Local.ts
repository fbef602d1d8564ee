import { Effect, FileSystem, Layer, Redacted } from "effect"
import { Environment } from "../../services/Environment.ts"
import { SecretError, type SecretReference, Secrets } from "../../services/Secrets.ts"

const fromVariable = (environment: Readonly<Record<string, string | undefined>>, name: string) => {
  const value = environment[name]
  return value === undefined || value === ""
    ? Effect.fail(new SecretError({ detail: `the environment variable ${name} is not set` }))
    : Effect.succeed(Redacted.make(value))
}

const fromFile = (fs: FileSystem.FileSystem, path: string) =>
  fs.readFileString(path).pipe(
    Effect.map((text) => Redacted.make(text.replace(/\r?\n$/, ""))),
    Effect.mapError(
      (error) =>
        new SecretError({ detail: `the secret's file ${path} cannot be read (${error.reason._tag})` }),
    ),
  )

const make = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const environment = yield* Environment
  return Secrets.of({
    resolve: (reference: SecretReference) => {
      if ("env" in reference) return fromVariable(environment, reference.env)
      if ("file" in reference) return fromFile(fs, reference.file)
      const detail = `no secret manager is built yet, so "${reference.secret}" cannot be read; use { env: NAME } or { file: PATH }`
      return Effect.fail(new SecretError({ detail }))
    },
  })
})

/** Secrets from environment variables and files. */
export const layer: Layer.Layer<Secrets, never, FileSystem.FileSystem> = Layer.effect(Secrets, make)
