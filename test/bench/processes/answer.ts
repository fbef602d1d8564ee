/**
 * The child's side of support/helper.ts: answers what the parent asks, and ends with it.
 */
export type Answers = Readonly<Record<string, (argument: never) => unknown>>

interface Question {
  readonly id: number
  readonly ask: string
  readonly argument: unknown
}

export const answer = (answers: Answers): void => {
  process.on("message", (message) => {
    const { id, ask, argument } = message as Question
    void Promise.resolve(answers[ask]!(argument as never)).then((value) =>
      process.send!({ id, value: value ?? null }),
    )
  })
  process.on("disconnect", () => process.exit())
  // The parent decides when it ends, also where a person's Ctrl-C reaches the whole group.
  process.on("SIGINT", () => {})
}

/** What a client of the feed used so far. */
export interface Usage {
  /** Messages that are done with. */
  readonly messages: number
  readonly cpuSeconds: number
  readonly residentBytes: number
}

export const usage = (messages: number): Usage => {
  const { user, system } = process.cpuUsage()
  return { messages, cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss() }
}
