import { isProduct, type NodeOf, propertyName, relativePath, type Rule } from "./rule.ts"

const message =
  "every queue has a capacity: use Queue.bounded (or sliding, dropping), PubSub.bounded, or a Mailbox of src/runtime. An unbounded one turns a slow consumer into lost memory"

const capacityOptions = new Set(["capacity", "bufferSize", "highWaterMark"])

type Expression = NodeOf<"CallExpression">["callee"]

const isQueueMake = (callee: Expression): boolean =>
  callee.type === "MemberExpression" &&
  callee.object.type === "Identifier" &&
  callee.object.name === "Queue" &&
  propertyName(callee) === "make"

/** `Queue.make` without a capacity has none. Options that are not written out in the call are taken to have one. */
const statesCapacity = (options: NodeOf<"CallExpression">["arguments"][number] | undefined): boolean =>
  options !== undefined &&
  (options.type !== "ObjectExpression" ||
    options.properties.some(
      (property) =>
        property.type === "SpreadElement" ||
        (property.key.type === "Identifier" && property.key.name === "capacity"),
    ))

const isUnbounded = (value: NodeOf<"Property">["value"]): boolean =>
  (value.type === "Literal" && value.value === "unbounded") ||
  (value.type === "Identifier" && value.name === "Infinity") ||
  (value.type === "MemberExpression" && propertyName(value) === "POSITIVE_INFINITY")

/** No queue without a capacity, so that memory stays bounded whatever a consumer does. */
export const noUnbounded: Rule = {
  create: (context) =>
    isProduct(relativePath(context))
      ? {
          MemberExpression: (node) => {
            if (propertyName(node) === "unbounded") context.report({ message, node })
          },
          ImportSpecifier: ({ imported }) => {
            if (imported.type === "Identifier" && imported.name === "unbounded") {
              context.report({ message, node: imported })
            }
          },
          CallExpression: (node) => {
            if (isQueueMake(node.callee) && !statesCapacity(node.arguments[0]))
              context.report({ message, node })
          },
          Property: (node) => {
            if (node.key.type !== "Identifier" || !capacityOptions.has(node.key.name)) return
            if (isUnbounded(node.value)) context.report({ message, node })
          },
        }
      : {},
}
