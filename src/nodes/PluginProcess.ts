import { Effect, Fiber, Schema, Stream } from "effect"
import { ChildProcess, type ChildProcessSpawner } from "effect/process"
import type { Self } from "../runtime/Actor.ts"
import type { ChildSpec } from "../runtime/ChildSpec.ts"
import type { Actors } from "../runtime/Actors.ts"
import { supervise } from "../runtime/Supervisor.ts"

/** The plugin's process has ended, or could not be started. */
export class PluginExit extends Schema.TaggedError<PluginExit>()("PluginExit", {
  plugin: Schema.String,
  detail: Schema.String,
}) {
  override get message(): string {
    return `the process of plugin ${this.plugin} ${this.detail}`
  }
}

/**
 * Runs its arguments, and ends them when its standard input does: a pipe that this process holds open, and that closes
 * also when it is killed. So there is no orphan. 5 s after a TERM comes a KILL.
 */
const guardian = `
exec 3<&0 0</dev/null
"$@" 3<&- &
plugin=$!
( trap '' TERM INT; read -r _ <&3; kill -TERM 0; sleep 5; kill -KILL 0 ) >/dev/null 2>&1 &
guard=$!
exec 3<&-
trap 'kill -TERM "$plugin" 2>/dev/null' TERM INT
status=0
while kill -0 "$plugin" 2>/dev/null; do wait "$plugin"; status=$?; done
kill -KILL "$guard" 2>/dev/null
exit "$status"
`

/** What a line of the log holds of one of the plugin's at most. */
const longestLine = 4000

const shorten = (line: string): string =>
  line.length > longestLine ? `${line.slice(0, longestLine)}…` : line

export interface PluginCommand {
  readonly plugin: string
  /** The program and its arguments. */
  readonly command: ReadonlyArray<string>
}

/** What it writes becomes lines of the log. */
const logged = (
  plugin: string,
  stream: "stdout" | "stderr",
  bytes: Stream.Stream<Uint8Array, unknown>,
): Effect.Effect<void> =>
  bytes.pipe(
    Stream.decodeText,
    Stream.splitLines,
    Stream.runForEach((line) => (line.trim() === "" ? Effect.void : Effect.logInfo(shorten(line)))),
    Effect.annotateLogs({ plugin, stream }),
    Effect.catchCause((cause) =>
      Effect.logWarning(`the ${stream} of plugin ${plugin} cannot be read`, cause),
    ),
  )

const incarnation = ({ command, plugin }: PluginCommand) =>
  Effect.fnUntraced(function* (self: Self) {
    const handle = yield* ChildProcess.make("sh", ["-c", guardian, "millrace-plugin", ...command], {
      extendEnv: true,
      // Never written to: its end is the word that this process is no more.
      stdin: { stream: "pipe", endOnDone: false },
      stdout: "pipe",
      stderr: "pipe",
      forceKillAfter: "5 seconds",
    }).pipe(
      Effect.mapError(
        (error) => new PluginExit({ plugin, detail: `could not be started: ${error.message}` }),
      ),
    )
    yield* self.ready
    yield* Effect.logInfo(`plugin ${plugin} runs as process ${handle.pid}`)
    const output = Effect.all(
      [logged(plugin, "stdout", handle.stdout), logged(plugin, "stderr", handle.stderr)],
      { concurrency: "unbounded", discard: true },
    )
    const reading = yield* Effect.forkScoped(output)
    const ended = yield* Effect.result(handle.exitCode)
    // Its last words say why; what it has started itself may hold the pipe open.
    yield* Effect.timeoutOption(Fiber.await(reading), "1 second")
    const detail =
      ended._tag === "Failure"
        ? `has ended: ${ended.failure.message}`
        : `has ended with code ${ended.success}${ended.success === 127 ? `: there is no program ${command[0]}` : ""}`
    return yield* new PluginExit({ plugin, detail })
  })

/**
 * The plugin's program as an actor: started with the node, started again when it ends, with growing waits; one that ends
 * again and again is failed and tried each minute, and the node lives. Stopped with the node, its children too.
 */
export const pluginProcess = (
  options: PluginCommand,
): ChildSpec<ChildProcessSpawner.ChildProcessSpawner | Actors> => ({
  id: "process",
  run: (self) =>
    supervise(self, { intensity: { max: 5, within: "1 minute" } }, [
      { id: "command", run: incarnation(options), shutdown: "12 seconds" },
    ]),
  onEscalation: { retryEvery: "1 minute" },
})
