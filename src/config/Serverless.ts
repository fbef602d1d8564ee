import type { MillraceConfig } from "./Sections.ts"

const below = (folder: string, path: string): string =>
  path.startsWith("/") ? path : `${folder.replace(/\/+$/, "")}/${path.replace(/^(\.\/)+/, "")}`

/**
 * Inside a cloud function only the temporary folder can be written to: whatever the configuration puts into the current
 * folder stands there. What it says with a whole path stays where it is.
 */
export const belowTemporary = (config: MillraceConfig, temporary: string): MillraceConfig => {
  const { continuity, deadLetters, journal, runtime, sinks, tasks } = config
  if (runtime?.mode !== "serverless") return config
  const here = (path: string) => below(temporary, path)
  const store = runtime.serverless?.task_store?.path
  return {
    ...config,
    journal: { ...journal, path: here(journal.path) },
    deadLetters: { ...deadLetters, path: here(deadLetters.path) },
    continuity: {
      ...continuity,
      ...(continuity.path === undefined ? {} : { path: here(continuity.path) }),
    },
    tasks: {
      ...tasks,
      path: here(tasks.path ?? `${(store ?? "data/tasks").replace(/\/+$/, "")}/tasks.db`),
    },
    sinks: sinks.map((sink) => (sink.type === "files" ? { ...sink, path: here(sink.path) } : sink)),
  }
}
