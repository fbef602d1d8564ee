import { readFileSync } from "node:fs"
import { join } from "node:path"
import { eachImport } from "./imports.ts"
import { homelessness, objection } from "./rooms.ts"
import { relativePath, type Rule } from "./rule.ts"

const exportsLayer = (path: string): boolean => {
  try {
    return /^export const layer/m.test(readFileSync(path, "utf8"))
  } catch {
    return false // no such file: the type checker says so
  }
}

/** Holds which room may import which: the table in rooms.ts. */
export const importDirection: Rule = {
  create: (context) => {
    const from = relativePath(context)
    return {
      Program: (node) => {
        const message = homelessness(from)
        if (message !== undefined) context.report({ message, node })
      },
      ...eachImport(context, (specifier) =>
        objection(from, specifier, (target) => exportsLayer(join(context.cwd, target))),
      ),
    }
  },
}
