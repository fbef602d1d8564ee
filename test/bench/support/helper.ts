import { Effect, type Scope } from "effect"
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"

/** A process of the bench, on this Node, that can be asked things. */
export interface Helper {
  readonly process: ChildProcess
  readonly ask: <A>(question: string, argument?: unknown) => Effect.Effect<A>
}

interface Answer {
  readonly id: number
  readonly value: unknown
}

/** Starts `processes/<name>.ts`; it ends with the scope. */
export const startHelper = (
  name: string,
  args: ReadonlyArray<string> = [],
): Effect.Effect<Helper, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const path = fileURLToPath(new URL(`../processes/${name}.ts`, import.meta.url))
      const child = fork(path, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] })
      const waiting = new Map<number, (value: unknown) => void>()
      let asked = 0
      let gone: Error | undefined
      child.on("message", (message) => {
        const { id, value } = message as Answer
        waiting.get(id)?.(value)
        waiting.delete(id)
      })
      const ask = <A>(question: string, argument?: unknown) =>
        Effect.callback<A>((resume) => {
          if (gone !== undefined) return resume(Effect.die(gone))
          const id = ++asked
          const died = () => resume(Effect.die(gone))
          child.once("exit", died)
          waiting.set(id, (value) => {
            child.off("exit", died)
            resume(Effect.succeed(value as A))
          })
          child.send({ id, ask: question, argument })
        })
      child.once("exit", (code, signal) => {
        gone = new Error(`the process ${name} has ended (${code ?? signal})`)
      })
      return { process: child, ask }
    }),
    ({ process }) =>
      Effect.callback<void>((resume) => {
        if (process.exitCode !== null || process.signalCode !== null) return resume(Effect.void)
        process.once("exit", () => resume(Effect.void))
        process.kill("SIGKILL")
      }),
  )
