import type { Rule } from "./rule.ts"

/** From here a warning; at 300 the linter's own max-lines is an error. */
const warnAt = 250
const errorAt = 300

export const longFile: Rule = {
  create: (context) => ({
    Program: (node) => {
      const lines = context.sourceCode.text.trimEnd().split("\n").length
      if (lines <= warnAt || lines > errorAt) return
      context.report({
        message: `${lines} lines; over ${errorAt} fails: split it on a seam that its tests already name`,
        node: { ...node, range: [0, 0] },
      })
    },
  }),
}
