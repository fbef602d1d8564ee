import type { RuleTester } from "oxlint/plugins-dev"

/** A lint rule, as oxlint's plugins have them. */
export type Rule = Parameters<RuleTester["run"]>[1]
type CreateRule = Extract<Rule, { create: unknown }>
export type Context = Parameters<CreateRule["create"]>[0]
export type Visitor = ReturnType<CreateRule["create"]>
export type NodeOf<K extends keyof Visitor> =
  NonNullable<Visitor[K]> extends (node: infer N) => void ? N : never
export type MemberExpression = NodeOf<"MemberExpression">

/** The linted file relative to where the linter runs: the project's root. */
export const relativePath = (context: Context): string => {
  const file = context.filename.replaceAll("\\", "/")
  const root = `${context.cwd.replaceAll("\\", "/").replace(/\/$/, "")}/`
  return file.startsWith(root) ? file.slice(root.length) : file
}

/** `a.b` and `a["b"]` have a name; `a[b]` has none. */
export const propertyName = (node: MemberExpression): string | undefined => {
  if (!node.computed && node.property.type === "Identifier") return node.property.name
  return node.property.type === "Literal" && typeof node.property.value === "string"
    ? node.property.value
    : undefined
}

/** What ships; tests, scripts and examples stand at the edge. */
export const isProduct = (path: string): boolean => /^(src|services|layers)\//.test(path)

/** Whether a name is nobody's in this file: neither declared in it nor imported. */
export const isGlobal = (context: Context, node: NodeOf<"Identifier">): boolean => {
  let scope: ReturnType<typeof context.sourceCode.getScope> | null = context.sourceCode.getScope(node)
  while (scope !== null) {
    if ((scope.set.get(node.name)?.defs.length ?? 0) > 0) return false
    scope = scope.upper
  }
  return true
}
