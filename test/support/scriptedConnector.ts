import { Clock, Deferred, Effect, Layer } from "effect"
import { type ConnectOptions, ConnectionError, Connector, type Socket } from "../../services/Connector.ts"
import { monotonicMillisOf } from "../../src/runtime/Monotonic.ts"

/** One socket of the script: what was sent on it, and strings to pull. */
export interface ScriptedSocket {
  readonly options: ConnectOptions
  readonly openedAt: number
  readonly sent: Array<{ readonly at: number; readonly text: string }>
  readonly pings: Array<number>
  closedByUs: boolean
  /** What its stats say of pauses. */
  readonly held: { pauses: number; pausedMillis: number }
  readonly fail: (detail: string) => void
  /** Bytes came, of whatever kind. */
  readonly active: () => void
}

export interface Script {
  readonly layer: Layer.Layer<Connector>
  readonly sockets: Array<ScriptedSocket>
  /** Attempts, refused ones too, by clock time. */
  readonly attempts: Array<number>
  /** While set, connecting fails with it. */
  refuse: ConnectionError | undefined
}

/** A `Connector` without a network, for tests that own the clock. */
export const scriptedConnector = (
  onSend: (socket: ScriptedSocket, text: string) => void = () => {},
  onPing: (socket: ScriptedSocket) => void = () => {},
): Script => {
  const connect = (options: ConnectOptions) =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const now = () => clock.currentTimeMillisUnsafe()
      script.attempts.push(now())
      if (script.refuse !== undefined) return yield* script.refuse
      const ended = Deferred.makeUnsafe<never, ConnectionError>()
      let lastActivity = monotonicMillisOf(clock)
      const scripted: ScriptedSocket = {
        options,
        openedAt: now(),
        sent: [],
        pings: [],
        closedByUs: false,
        held: { pauses: 0, pausedMillis: 0 },
        fail: (detail) => {
          Deferred.doneUnsafe(
            ended,
            Effect.fail(new ConnectionError({ reason: "closed", url: options.url, detail })),
          )
        },
        active: () => {
          lastActivity = monotonicMillisOf(clock)
        },
      }
      script.sockets.push(scripted)
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          scripted.closedByUs = true
        }),
      )
      return {
        send: (text) =>
          Effect.sync(() => {
            scripted.sent.push({ at: now(), text })
            onSend(scripted, text)
          }),
        ping: Effect.sync(() => {
          scripted.pings.push(now())
          onPing(scripted)
        }),
        closed: Deferred.await(ended),
        stats: () => ({ frames: 0, bytes: 0, ...scripted.held, paused: false, lastActivity }),
      } satisfies Socket
    })
  const script: Script = {
    layer: Layer.succeed(Connector, Connector.of({ connect })),
    sockets: [],
    attempts: [],
    refuse: undefined,
  }
  return script
}
