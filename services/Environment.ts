import { Context } from "effect"

/** The variables of the process. An embedding application or a test puts its own in their place. */
export const Environment = Context.Reference<Readonly<Record<string, string | undefined>>>(
  "millrace/services/Environment",
  { defaultValue: () => process.env },
)
