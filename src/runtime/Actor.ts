import { Cause, Clock, Effect } from "effect"
import { type ActorState, canMove, IllegalMove } from "./ActorState.ts"
import type { MailboxStats } from "./Mailbox.ts"

export interface ActorSnapshot {
  /** `millrace/core/work/venues/binance/connections/1` */
  readonly path: string
  readonly kind: ActorKind
  readonly state: ActorState
  /** When it came into this state, milliseconds of the clock. */
  readonly since: number
  /** How often it was started again, for whatever reason. */
  readonly restarts: number
  /** Kept after it runs again, so that someone can still ask what happened. */
  readonly lastError: string | undefined
  /** Why it is in this state: of `degraded`, what is away. */
  readonly detail: string | undefined
  readonly mailboxes: ReadonlyArray<MailboxStats>
}

export type ActorKind = "worker" | "supervisor"

/** One entry of an actor's history. */
export interface ActorMove {
  readonly state: ActorState
  readonly at: number
  readonly detail: string | undefined
}

/** What the code of a running actor holds: its name, and its word about how it is. */
export interface Self {
  /** `millrace/core/work/venues/binance/connections/1` */
  readonly path: string
  /** starting or degraded → running. The next sibling may start. Saying it again does nothing. */
  readonly ready: Effect.Effect<void>
  /** starting or running → degraded: alive, but a peer or a disk is away. No crash, no restart; the next sibling may start. */
  readonly degraded: (reason: string) => Effect.Effect<void>
  /** Shows the mailbox in the actor's snapshot while this incarnation lives. */
  readonly owns: (mailbox: { readonly stats: () => MailboxStats }) => Effect.Effect<void>
}

/** The record of an actor over all its incarnations. Its supervisor moves it; its own code speaks through `Self`. */
export interface Actor {
  readonly path: string
  readonly kind: () => ActorKind
  readonly state: () => ActorState
  readonly snapshot: () => ActorSnapshot
  /** Its last moves, oldest first, at most `historyLength`. */
  readonly history: () => ReadonlyArray<ActorMove>
  readonly supervises: Effect.Effect<void>
  /** An illegal move is refused: logged, and a defect of who asked for it. */
  readonly move: (
    to: ActorState,
    why?: { readonly detail?: string; readonly error?: string },
  ) => Effect.Effect<void>
  /** Notes an error without a move. */
  readonly noteError: (error: string) => void
  /** → starting, as a new incarnation; the word of earlier ones no longer counts. `onUp`: it has said ready or degraded. */
  readonly begin: (onUp: () => void) => Effect.Effect<Self>
}

export const historyLength = 32

const longestError = 500

/** A cause in one line, for a snapshot; the log has all of it. */
export const describeCause = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  const text = error instanceof Error ? (error.message === "" ? error.name : error.message) : String(error)
  return text.length > longestError ? `${text.slice(0, longestError)}…` : text
}

/** An actor that has not begun yet. `announce` is told of every move. */
export const make = (
  path: string,
  kind: ActorKind,
  announce: (snapshot: ActorSnapshot) => Effect.Effect<void>,
): Actor => {
  const history: Array<ActorMove> = []
  const now = { kind, state: "stopped" as ActorState, since: 0, detail: undefined as string | undefined }
  let lastError: string | undefined
  let incarnations = 0
  let mailboxes: Array<{ readonly stats: () => MailboxStats }> = []

  const snapshot = (): ActorSnapshot => ({
    path,
    ...now,
    restarts: Math.max(0, incarnations - 1),
    lastError,
    mailboxes: mailboxes.map((mailbox) => mailbox.stats()),
  })

  const refuse = (to: ActorState, reason: string) => {
    const refused = new IllegalMove({ path, from: now.state, to, reason })
    return Effect.logError(refused.message).pipe(
      Effect.annotateLogs({ actor: path }),
      Effect.andThen(Effect.die(refused)),
    )
  }

  const set = Effect.fnUntraced(function* (to: ActorState, detail: string | undefined) {
    now.since = yield* Clock.currentTimeMillis
    now.state = to
    now.detail = detail
    history.push({ state: to, at: now.since, detail })
    if (history.length > historyLength) history.shift()
    yield* announce(snapshot())
  })

  const move: Actor["move"] = (to, why) =>
    Effect.suspend(() => {
      if (!canMove(now.state, to)) return refuse(to, "there is no such move")
      if (why?.error !== undefined) lastError = why.error
      // What has ended holds no mailbox.
      if (to === "restarting" || to === "stopped" || to === "failed") mailboxes = []
      return set(to, why?.detail)
    })

  const begin: Actor["begin"] = (onUp) =>
    Effect.suspend(() => {
      if (!canMove(now.state, "starting")) return refuse("starting", "it has not ended")
      const incarnation = ++incarnations
      mailboxes = []
      const say = (to: "running" | "degraded", detail: string | undefined) =>
        Effect.suspend(() => {
          if (incarnation !== incarnations)
            return refuse(to, "an earlier incarnation said so, which has ended")
          // It may not know yet that it was asked to stop.
          if (now.state === "stopping") return Effect.void
          if (now.state === to && now.detail === detail) return Effect.void
          if (now.state !== to && !canMove(now.state, to)) return refuse(to, "it has ended")
          return Effect.andThen(set(to, detail), Effect.sync(onUp))
        })
      const self: Self = {
        path,
        ready: say("running", undefined),
        degraded: (reason) => say("degraded", reason),
        owns: (mailbox) =>
          Effect.sync(() => {
            if (incarnation === incarnations && !mailboxes.includes(mailbox)) mailboxes.push(mailbox)
          }),
      }
      return Effect.as(set("starting", undefined), self)
    })

  return {
    path,
    kind: () => now.kind,
    state: () => now.state,
    snapshot,
    history: () => history.slice(),
    supervises: Effect.sync(() => {
      now.kind = "supervisor"
    }),
    move,
    noteError: (error) => {
      lastError = error
    },
    begin,
  }
}
