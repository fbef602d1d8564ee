import { propertyName, relativePath, type Rule } from "./rule.ts"

const silencing = new Set(["skip", "only", "todo", "fails"])
const roots = new Set(["it", "test", "describe", "suite", "layer"])

/** A test runs or is deleted. `skipIf(condition)` says when and why, and is for absent servers outside CI. */
export const testsRun: Rule = {
  create: (context) => {
    if (!relativePath(context).startsWith("test/")) return {}
    return {
      MemberExpression: (node) => {
        const name = propertyName(node)
        if (name === undefined || !silencing.has(name)) return
        let root = node.object
        while (root.type === "MemberExpression") root = root.object
        if (root.type === "Identifier" && roots.has(root.name)) {
          context.report({
            message: `.${name} hides a test: mend it or delete it (an absent server is said with skipIf)`,
            node,
          })
        }
      },
    }
  },
}
