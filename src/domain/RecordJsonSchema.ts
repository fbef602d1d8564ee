import { type JsonSchema, Schema } from "effect"
import { MarketRecord } from "./Record.ts"

type Json = JsonSchema.JsonSchema

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isDescription = (value: unknown): value is { readonly description: string } =>
  isObject(value) && Object.keys(value).join() === "description"

/** A description beside what it describes: `allOf: [A, { description }]` says the same, less readably. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain)
  if (!isObject(value)) return value
  const { allOf, ...rest } = Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, plain(each)]),
  )
  if (!Array.isArray(allOf)) return rest
  const described = allOf.filter(isDescription)
  const others = allOf.filter((each) => !isDescription(each))
  const [only] = others
  const shape = others.length === 1 && isObject(only) ? only : others.length === 0 ? {} : { allOf: others }
  return { ...rest, ...shape, ...described.at(-1) }
}

/** The record contract as JSON Schema, draft 2020-12. Fields that it does not name may come with later versions. */
export const recordJsonSchema = (): Json => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(MarketRecord)
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Millrace record",
    ...(plain(schema) as Json),
    $defs: plain(definitions) as Json,
  }
}
