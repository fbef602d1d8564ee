import { type Schema, SchemaAST } from "effect"

/**
 * What the schema of a section looks like from outside: the keys a person may write and the kind of value each one
 * takes. Environment variables, secrets, the nearest known name, the manual and the JSON Schema all read it, so that
 * none of them can differ from what is decoded.
 */
export type Shape =
  | { readonly kind: "struct"; readonly fields: ReadonlyMap<string, Field>; readonly expected: string }
  | { readonly kind: "record"; readonly value: Shape; readonly expected: string }
  | { readonly kind: "list"; readonly item: Shape; readonly expected: string }
  /** One of several structs, told apart by the text in `tag`. */
  | {
      readonly kind: "variants"
      readonly tag: string
      readonly of: ReadonlyMap<string, Extract<Shape, { kind: "struct" }>>
      readonly expected: string
    }
  | { readonly kind: "union"; readonly of: ReadonlyArray<Shape>; readonly expected: string }
  | { readonly kind: "choice"; readonly values: ReadonlyArray<string>; readonly expected: string }
  | {
      readonly kind: "secret"
      /** Plain text that is no secret after all. */
      readonly plain: ((text: string) => boolean) | undefined
      readonly expected: string
    }
  | {
      readonly kind: "text" | "number" | "integer" | "boolean" | "duration" | "size" | "free"
      readonly expected: string
    }

export interface Field {
  readonly shape: Shape
  readonly description: string
  readonly required: boolean
  /** As a person would write it; `undefined` where there is none. */
  readonly fallback: unknown
}

const expectedOf = (ast: SchemaAST.AST): string | undefined => {
  const checks = ast.checks?.at(-1)?.annotations?.["expected"]
  const own = ast.annotations?.["expected"]
  return typeof checks === "string" ? checks : typeof own === "string" ? own : undefined
}

const fieldOf = (property: SchemaAST.PropertySignature): Field => {
  const key = property.type.context?.annotations
  const fallback = key?.["default"]
  return {
    shape: shapeOf(property.type),
    description: typeof key?.["description"] === "string" ? key["description"] : "",
    required: property.type.context?.isOptional !== true && fallback === undefined,
    fallback,
  }
}

const structOf = (ast: SchemaAST.Objects): Extract<Shape, { kind: "struct" }> => ({
  kind: "struct",
  fields: new Map(ast.propertySignatures.map((each) => [String(each.name), fieldOf(each)])),
  expected: "an object",
})

/** The literal texts that a union is made of, when it is made of nothing else. */
const literalsOf = (ast: SchemaAST.Union): ReadonlyArray<string> | undefined =>
  ast.types.every((each) => SchemaAST.isLiteral(each))
    ? ast.types.map((each) => (SchemaAST.isLiteral(each) ? String(each.literal) : ""))
    : undefined

/** The text that a struct demands under a key. */
const literalAt = (ast: SchemaAST.AST, key: string): string | undefined => {
  if (!SchemaAST.isObjects(ast)) return undefined
  const type = ast.propertySignatures.find((each) => each.name === key)?.type
  return type !== undefined && SchemaAST.isLiteral(type) ? String(type.literal) : undefined
}

const unionOf = (ast: SchemaAST.Union): Shape => {
  const values = literalsOf(ast)
  if (values !== undefined) return { kind: "choice", values, expected: expectedOf(ast) ?? orList(values) }
  const tags = ast.types.map((each) => literalAt(each, "type"))
  if (tags.every((each) => each !== undefined)) {
    const of = new Map(
      ast.types.flatMap((each, index) =>
        SchemaAST.isObjects(each) ? [[tags[index]!, structOf(each)] as const] : [],
      ),
    )
    return { kind: "variants", tag: "type", of, expected: `an object with \`type\`: ${orList(tags)}` }
  }
  const of = ast.types.map(shapeOf)
  return { kind: "union", of, expected: expectedOf(ast) ?? of.map((each) => each.expected).join(" or ") }
}

/** `a, b or c`. */
export const orList = (values: ReadonlyArray<string>): string =>
  values.length < 2 ? (values[0] ?? "nothing") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`

const kinds = {
  duration: 'a duration such as "1 second", "250 millis" or a number of milliseconds',
  size: 'a size such as "64 MiB", "10 GiB" or a number of bytes',
} as const

const leafOf = (ast: SchemaAST.AST): Shape => {
  const expected = expectedOf(ast)
  if (SchemaAST.isString(ast)) return { kind: "text", expected: expected ?? "a text" }
  if (SchemaAST.isBoolean(ast)) return { kind: "boolean", expected: expected ?? "true or false" }
  if (SchemaAST.isLiteral(ast)) {
    return { kind: "choice", values: [String(ast.literal)], expected: String(ast.literal) }
  }
  if (SchemaAST.isNumber(ast)) {
    const whole = ast.checks?.some((each) => each.annotations?.["expected"] === "an integer") ?? false
    return whole
      ? { kind: "integer", expected: expected ?? "a whole number" }
      : { kind: "number", expected: expected ?? "a number" }
  }
  return { kind: "free", expected: expected ?? "anything" }
}

/** An annotation stands on the last check there was when it was made. */
const kindOf = (ast: SchemaAST.AST): unknown =>
  [ast, ...(ast.checks ?? [])]
    .map((each) => each.annotations?.["configKind"])
    .find((each) => each !== undefined)

const shapeOf = (ast: SchemaAST.AST): Shape => {
  const kind = kindOf(ast)
  if (kind === "duration" || kind === "size") return { kind, expected: kinds[kind] }
  if (kind === "secret") {
    const plain = ast.annotations?.["configPlain"]
    return {
      kind,
      plain: typeof plain === "function" ? (plain as (text: string) => boolean) : undefined,
      expected: expectedOf(ast) ?? "a secret",
    }
  }
  if (SchemaAST.isUnion(ast)) return unionOf(ast)
  if (SchemaAST.isArrays(ast)) {
    const item = ast.rest[0]
    return {
      kind: "list",
      item: item === undefined ? { kind: "free", expected: "anything" } : shapeOf(item),
      expected: expectedOf(ast) ?? "a list",
    }
  }
  if (SchemaAST.isObjects(ast)) {
    const index = ast.indexSignatures[0]
    return index === undefined
      ? structOf(ast)
      : { kind: "record", value: shapeOf(index.type), expected: "an object" }
  }
  return leafOf(ast)
}

/** The shape of a schema, as it is written in a file. */
export const makeShape = (schema: Schema.Constraint): Shape => shapeOf(schema.ast)

/** The struct of a value where several are possible: by its tag, or the only one there is. */
export const structFor = (shape: Shape, value: unknown): Extract<Shape, { kind: "struct" }> | undefined => {
  if (shape.kind === "struct") return shape
  if (shape.kind === "variants") {
    const tag =
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[shape.tag] : undefined
    return typeof tag === "string" ? shape.of.get(tag) : undefined
  }
  if (shape.kind === "union") {
    return shape.of.map((each) => structFor(each, value)).find((each) => each !== undefined)
  }
  return undefined
}

/** The shape one step further down a value, or `undefined` when nothing is known of it. */
export const shapeBelow = (shape: Shape, value: unknown, segment: string | number): Shape | undefined => {
  if (shape.kind === "record") return shape.value
  if (shape.kind === "list") return typeof segment === "number" ? shape.item : undefined
  if (shape.kind === "free") return shape
  return structFor(shape, value)?.fields.get(String(segment))?.shape
}
