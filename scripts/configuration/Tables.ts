import type { Field, Shape } from "../../src/config/Shape.ts"

/** Tables of keys, written from the schemas, so that the page cannot say what the program does not do. */

const inCell = (text: string): string => text.replace(/\|/g, "\\|").replace(/\n/g, " ")

/** `{ name: files, type: files }`, as it would stand in YAML. */
const yaml = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(yaml).join(", ")}]`
  if (typeof value !== "object" || value === null) return String(value)
  const entries = Object.entries(value).map(([key, each]) => `${key}: ${yaml(each)}`)
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`
}

const typeOf = (shape: Shape): string => {
  switch (shape.kind) {
    case "list":
      return `list of ${typeOf(shape.item)}`
    case "record":
      return `${typeOf(shape.value)} by name`
    case "struct":
    case "variants":
      return "object"
    case "choice":
      return shape.values.map((value) => `\`${value}\``).join(", ")
    case "union":
      return shape.of.map(typeOf).join(" or ")
    case "secret":
      return shape.plain === undefined ? "secret" : "text or secret"
    case "integer":
      return "whole number"
    case "boolean":
      return "`true`, `false`"
    case "free":
      return "anything"
    default:
      return shape.kind
  }
}

type Struct = Extract<Shape, { kind: "struct" }>

/** The keys as one would find them in a file: `exchanges.<name>.symbols`, `sinks[].path`. */
const structsIn = (path: string, shape: Shape): ReadonlyArray<readonly [string, Struct]> => {
  switch (shape.kind) {
    case "struct":
      return [[path, shape]]
    case "record":
      return structsIn(`${path}.<name>`, shape.value)
    case "list":
      return structsIn(`${path}[]`, shape.item)
    case "union":
      return shape.of.flatMap((each) => structsIn(path, each))
    default:
      return []
  }
}

const isEmptyObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0

const defaultOf = ({ fallback, required }: Field): string =>
  required ? "required" : fallback === undefined || isEmptyObject(fallback) ? "" : `\`${yaml(fallback)}\``

interface Row {
  readonly keys: ReadonlyArray<string>
  readonly rest: string
}

const rowsOf = (path: string, shape: Shape): ReadonlyArray<Row> =>
  structsIn(path, shape).flatMap(([prefix, struct]) =>
    [...struct.fields].flatMap(([key, field]) => [
      {
        keys: [`${prefix}.${key}`],
        rest: [typeOf(field.shape), defaultOf(field), field.description].map(inCell).join(" | "),
      },
      ...rowsOf(`${prefix}.${key}`, field.shape),
    ]),
  )

/** Keys that differ in nothing but their names share a row. */
const merged = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const byRest = new Map<string, Row>()
  for (const row of rows) {
    byRest.set(row.rest, { keys: [...(byRest.get(row.rest)?.keys ?? []), ...row.keys], rest: row.rest })
  }
  return [...byRest.values()]
}

const line = ({ keys, rest }: Row): string => `| ${keys.map((key) => `\`${key}\``).join(", ")} | ${rest} |`

const table = (rows: ReadonlyArray<Row>): ReadonlyArray<string> =>
  rows.length === 0
    ? []
    : ["", "| key | type | default | meaning |", "|---|---|---|---|", ...merged(rows).map(line)]

/** A list of objects of several types: a table for each type. */
const variants = (name: string, shape: Shape): ReadonlyArray<string> =>
  shape.kind === "list" && shape.item.kind === "variants"
    ? [...shape.item.of].flatMap(([tag, struct]) => [
        "",
        `With \`${shape.item.kind === "variants" ? shape.item.tag : "type"}: ${tag}\`:`,
        ...table(rowsOf(`${name}[]`, struct)),
      ])
    : []

/** One section of the configuration: heading, meaning, default, keys. */
export const sectionText = (name: string, field: Field): string => {
  const fallback = defaultOf(field)
  return [
    `### ${name}`,
    "",
    `${field.description}${fallback === "" ? "" : ` Default: ${fallback}.`}`,
    ...table(rowsOf(name, field.shape)),
    ...variants(name, field.shape),
    "",
  ].join("\n")
}
