import { recordJsonSchema } from "../../src/domain/RecordJsonSchema.ts"
import { type RecordType, recordTypes } from "../../src/domain/DataType.ts"

/** The part of JSON Schema that the records use. */
export interface Node {
  readonly $ref?: string
  readonly type?: string
  readonly enum?: ReadonlyArray<string | boolean>
  readonly anyOf?: ReadonlyArray<Node>
  readonly items?: Node
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: ReadonlyArray<string>
  readonly description?: string
}

const { $defs } = recordJsonSchema() as { readonly $defs: Readonly<Record<string, Node>> }

const structs = Object.values($defs).filter(({ properties }) => properties?.["type"] !== undefined)

/** The Schema of a type of record, as JSON Schema. */
export const recordNode = (type: RecordType): Node => {
  const found = structs.find(({ properties }) => properties?.["type"]?.enum?.[0] === type)
  if (found === undefined) throw new Error(`no Schema for records of type ${type}`)
  return found
}

const kinds: Readonly<Record<string, string>> = {
  Decimal: "decimal",
  Quantity: "decimal ≥ 0",
  Sequence: "whole number as text",
  Milliseconds: "milliseconds",
}

const kindOf = ({ $ref, enum: values, items, type }: Node): string => {
  if ($ref !== undefined) return kinds[$ref.slice($ref.lastIndexOf("/") + 1)] ?? $ref
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(" ")
  if (items !== undefined) return "list of [price, quantity]"
  return type === "string" ? "text" : type === "integer" ? "whole number" : (type ?? "anything")
}

interface Row {
  readonly field: string
  readonly kind: string
  readonly meaning: string
}

const rowsOf = (prefix: string, { properties = {}, required = [] }: Node): ReadonlyArray<Row> =>
  Object.entries(properties).flatMap(([name, node]) => {
    const mark = required.includes(name) ? "" : "?"
    const row = { field: `${prefix}${name}${mark}`, kind: kindOf(node), meaning: node.description ?? "" }
    return [row, ...rowsOf(`${prefix}${name}.`, node)]
  })

const table = (node: Node): string =>
  [
    "| field | type | meaning |",
    "|---|---|---|",
    ...rowsOf("", node).map(({ field, kind, meaning }) => `| \`${field}\` | ${kind} | ${meaning} |`),
  ].join("\n")

/** The fields that all records share. */
export const sharedTable = (): string => {
  const { properties = {}, required = [] } = recordNode("trade")
  const { type, data, ...rest } = properties
  const types: Node = { ...type, enum: [...recordTypes] }
  return table({ properties: { type: types, ...rest, data: { ...data, properties: {} } }, required })
}

const dataTables = (data: Node | undefined): string => (data?.anyOf ?? [data ?? {}]).map(table).join("\n\n")

/** What stands in `data`, and behind it. */
export const typeTables = (type: RecordType): string => {
  const { properties = {}, required = [] } = recordNode(type)
  const shared = Object.keys(recordNode("trade").properties ?? {})
  const after = Object.entries(properties).filter(([name]) => !shared.includes(name))
  const tables = dataTables(properties["data"])
  return after.length === 0
    ? tables
    : `${tables}\n\nBehind \`data\`:\n\n${table({ properties: Object.fromEntries(after), required })}`
}
