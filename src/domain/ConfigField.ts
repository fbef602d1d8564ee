import { Effect, Schema } from "effect"

/**
 * How sections of the configuration say what a key means. The description and the default stand beside the schema,
 * and the manual, the JSON Schema and the error messages are made from them.
 */

/**
 * A key that has a default, given as a person would write it in a file. The default is decoded on its own, so that
 * a value that is given is decoded in one go: with `withDecodingDefaultKey` a wrong text would hide a wrong duration.
 */
export const withDefault = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
  value: S["Encoded"],
  description: string,
): Schema.withDecodingDefaultTypeKey<S> =>
  Schema.withDecodingDefaultTypeKey<S>(Effect.suspend(() => Schema.decodeUnknownEffect(schema)(value)))(
    schema,
  ).annotateKey({ description, default: value as never })

/** A key that may be absent; the description says what its absence means. */
export const optional = <S extends Schema.Constraint>(schema: S, description: string) =>
  Schema.optionalKey(schema).annotateKey({ description })

/** A key that must be there. */
export const required = <S extends Schema.Top>(schema: S, description: string) =>
  schema.annotateKey({ description })
