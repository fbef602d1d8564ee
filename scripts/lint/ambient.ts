import { allowedAmbient } from "./ambientAllowed.ts"
import { eachImport } from "./imports.ts"
import { isGlobal, isProduct, type MemberExpression, propertyName, relativePath, type Rule } from "./rule.ts"

/** What code reaches without being given it, and what it should ask for instead. */
const instead: Readonly<Record<string, string>> = {
  "Date.now": "Clock.currentTimeMillis",
  "new Date()": "Clock or DateTime.now",
  "performance.now": "Clock.currentTimeNanos",
  "process.hrtime": "Clock.currentTimeNanos",
  "Math.random": "Random",
  "crypto.randomUUID": "Random, or Crypto of effect",
  setTimeout: "Effect.sleep or Schedule",
  setInterval: "Schedule",
  setImmediate: "Effect.yieldNow",
  "console.*": "Effect.log",
  "node:fs": "FileSystem of effect",
  "node:timers": "Effect.sleep or Schedule",
}

const modules: Readonly<Record<string, string>> = {
  "node:fs": "node:fs",
  fs: "node:fs",
  "node:fs/promises": "node:fs",
  "fs/promises": "node:fs",
  "node:timers": "node:timers",
  timers: "node:timers",
  "node:timers/promises": "node:timers",
  "timers/promises": "node:timers",
}

const randomOfCrypto = new Set(["randomUUID", "randomBytes", "randomInt", "getRandomValues"])
const timers = new Set(["setTimeout", "setInterval", "setImmediate"])

/** Clocks, randomness, timers, output and files come as services, so that a test or a simulation can supply its own. */
export const noAmbient: Rule = {
  create: (context) => {
    const path = relativePath(context)
    if (!isProduct(path)) return {}
    const allowed = new Set(allowedAmbient(path))
    const objection = (what: string): string | undefined =>
      allowed.has(what)
        ? undefined
        : `${what} in ${path}: use ${instead[what]}. An adapter that cannot is listed with its reason in scripts/lint/ambientAllowed.ts`
    const report = (what: string, node: Parameters<typeof context.report>[0]["node"]): void => {
      const message = objection(what)
      if (message !== undefined && node !== undefined) context.report({ message, node })
    }
    const memberOfGlobal = (node: MemberExpression): void => {
      if (node.object.type !== "Identifier") return
      const property = propertyName(node) ?? "*"
      // `performance` is the same clock when it is imported from node:perf_hooks
      if (node.object.name !== "performance" && !isGlobal(context, node.object)) return
      if (node.object.name === "console") return report("console.*", node)
      if (node.object.name === "globalThis" && timers.has(property)) return report(property, node)
      const name = `${node.object.name}.${property}`
      if (name in instead) report(name, node)
    }
    return {
      MemberExpression: memberOfGlobal,
      Identifier: (node) => {
        if (timers.has(node.name) && isGlobal(context, node)) report(node.name, node)
      },
      NewExpression: (node) => {
        const { callee } = node
        if (callee.type === "Identifier" && callee.name === "Date" && node.arguments.length === 0) {
          report("new Date()", node)
        }
      },
      CallExpression: (node) => {
        if (node.callee.type === "Identifier" && node.callee.name === "Date") report("new Date()", node)
      },
      ImportSpecifier: (node) => {
        const { imported, parent } = node
        const fromCrypto = parent.type === "ImportDeclaration" && /^(node:)?crypto$/.test(parent.source.value)
        if (fromCrypto && imported.type === "Identifier" && randomOfCrypto.has(imported.name)) {
          report("crypto.randomUUID", node)
        }
      },
      ...eachImport(context, (specifier) => {
        const module = modules[specifier]
        return module === undefined ? undefined : objection(module)
      }),
    }
  },
}
