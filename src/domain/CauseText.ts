/**
 * What an error of a connection says, for a person: Node wraps those of several addresses into one that says nothing, and
 * others into one that says only that something failed.
 */
export const causeText = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const inner = error instanceof AggregateError ? [...new Set(error.errors.map(causeText))].join("; ") : ""
  if (inner !== "") return inner
  if (error.cause instanceof Error) return causeText(error.cause)
  if (error.message !== "") return error.message
  return "code" in error ? String(error.code) : error.name
}
