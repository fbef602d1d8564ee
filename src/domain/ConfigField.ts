import { Effect, Schema } from "effect"

/**
 * How sections of the configuration say what a key means. The description and the default stand beside the schema,
 * and the manual, the JSON Schema and the error messages are made from them.
 */

/** A key that has a default, given as a person would write it in a file. */
export const withDefault = <S extends Schema.Constraint>(
  schema: S,
  value: S["Encoded"],
  description: string,
): Schema.withDecodingDefaultKey<S> =>
  Schema.withDecodingDefaultKey<S>(Effect.succeed(value))(schema).annotateKey({
    description,
    default: value as never,
  })

/** A key that may be absent; the description says what its absence means. */
export const optional = <S extends Schema.Constraint>(schema: S, description: string) =>
  Schema.optionalKey(schema).annotateKey({ description })

/** A key that must be there. */
export const required = <S extends Schema.Top>(schema: S, description: string) =>
  schema.annotateKey({ description })
