import type { Field, Shape } from "../../src/config/Shape.ts"

type Json = { readonly [key: string]: unknown }

const reference = (field: string): Json => ({
  type: "object",
  properties: { [field]: { type: "string" } },
  required: [field],
  additionalProperties: false,
})

const secret: ReadonlyArray<Json> = ["env", "file", "secret"].map(reference)

const structSchema = (fields: ReadonlyMap<string, Field>): Json => ({
  type: "object",
  properties: Object.fromEntries(
    [...fields].map(([key, field]) => [
      key,
      {
        ...schemaOf(field.shape),
        description: field.description,
        ...(field.fallback === undefined ? {} : { default: field.fallback }),
      },
    ]),
  ),
  required: [...fields].flatMap(([key, field]) => (field.required ? [key] : [])),
  additionalProperties: false,
})

const schemaOf = (shape: Shape): Json => {
  switch (shape.kind) {
    case "struct":
      return structSchema(shape.fields)
    case "record":
      return { type: "object", additionalProperties: schemaOf(shape.value) }
    case "list":
      return { type: "array", items: schemaOf(shape.item) }
    case "variants":
      return { oneOf: [...shape.of.values()].map(schemaOf) }
    case "union":
      return { anyOf: shape.of.map(schemaOf) }
    case "choice":
      return { enum: shape.values }
    case "secret":
      return { anyOf: shape.plain === undefined ? secret : [{ type: "string" }, ...secret] }
    case "duration":
    case "size":
      return { type: ["string", "number"] }
    case "text":
      return { type: "string" }
    case "free":
      return {}
    default:
      return { type: shape.kind }
  }
}

/** For editors: `# yaml-language-server: $schema=…` at the head of a file gives names and meanings while one types. */
export const jsonSchemaText = (shape: Shape): string =>
  `${JSON.stringify({ $schema: "https://json-schema.org/draft/2020-12/schema", title: "Millrace configuration", ...schemaOf(shape) }, null, 2)}\n`
