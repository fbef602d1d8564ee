import type { Rule } from "./rule.ts"

/** A comment that switches a rule off names the rule and says why; the house's own rules keep their exceptions in scripts/lint. */
export const excuses: Rule = {
  create: (context) => ({
    Program: () => {
      for (const comment of context.sourceCode.getAllComments()) {
        if (!/^\s*(oxlint|eslint)-disable/.test(comment.value)) continue
        if (/\bmillrace\//.test(comment.value)) {
          context.report({ message: "millrace's own rules are not switched off by a comment", node: comment })
        } else if (!/-disable\S*\s+\S+.*\s--\s+\S/.test(comment.value)) {
          context.report({
            message: "name the rule and say why: `oxlint-disable-next-line rule -- reason`",
            node: comment,
          })
        }
      }
    },
  }),
}
