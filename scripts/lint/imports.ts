import type { Context, Visitor } from "./rule.ts"

/** Calls `objection` for every module that a file imports or re-exports, for values or types, and reports what it says. */
export const eachImport = (
  context: Context,
  objection: (specifier: string) => string | undefined,
): Visitor => {
  const see = (source: SourceNode | null): void => {
    if (source === null || source.type !== "Literal" || typeof source.value !== "string") return
    const message = objection(source.value)
    if (message !== undefined) context.report({ message, node: source })
  }
  return {
    ImportDeclaration: (node) => see(node.source),
    ExportAllDeclaration: (node) => see(node.source),
    ExportNamedDeclaration: (node) => see(node.source),
    ImportExpression: (node) => see(node.source),
    TSImportType: (node) => see(node.source),
  }
}

type SourceNode = Parameters<NonNullable<Visitor["ImportExpression"]>>[0]["source"]
