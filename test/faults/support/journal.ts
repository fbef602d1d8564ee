import { Effect } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { resolve } from "node:path"
import { eachLine } from "../../bench/support/lines.ts"
import { millrace } from "../../support/command.ts"

/** What `millrace journal check` says of a journal that nobody uses: its exit code, and its words. */
export const checkJournal = (path: string) => Effect.promise(() => millrace(["journal", "check", path]))

/** Calls back with every record of a journal, oldest first. */
export const eachJournalLine = (path: string, onLine: (line: string) => void): Effect.Effect<number> =>
  Effect.promise(async () => {
    const child = spawn(process.execPath, [resolve("src/main.ts"), "journal", "cat", path], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    eachLine(child.stdout, onLine)
    const [code] = (await once(child, "close")) as [number]
    return code
  })
