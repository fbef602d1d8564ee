import { eachImport } from "./imports.ts"
import type { Rule } from "./rule.ts"

/** Node strips types but resolves no extensions: a relative import names its file whole. */
export const importExtension: Rule = {
  create: (context) =>
    eachImport(context, (specifier) =>
      specifier.startsWith(".") && !/\.(ts|mjs|json)$/.test(specifier)
        ? `a relative import ends in .ts: "${specifier.replace(/\.js$/, "")}.ts"`
        : undefined,
    ),
}
