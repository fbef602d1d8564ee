import { Deferred, Effect } from "effect"
import type { Control } from "../../domain/Decoded.ts"
import type { Stream } from "../../domain/Stream.ts"

/** What became of one subscribe or unsubscribe message. */
export interface Verdict {
  readonly accepted: ReadonlyArray<Stream>
  readonly refused: ReadonlyMap<Stream, string>
  /** Not answered by name, because of `error`: some of them are refused. */
  readonly unclear: ReadonlyArray<Stream>
  readonly error: string
}

/** One message that waits for its answers, of whatever kind the venue gives. */
export interface Waiting {
  readonly verdict: Effect.Effect<Verdict>
  /** What was answered so far; the rest is silence. `undefined` where there was no answer at all. */
  readonly sofar: () => Verdict | undefined
  readonly forget: () => void
}

/** Matches the venue's answers to the messages of one connection: by id, stream by stream, or by a list of what is. */
export interface Answers {
  readonly expect: (kind: "subscribe" | "unsubscribe", streams: ReadonlyArray<Stream>, id: number) => Waiting
  readonly onControl: (control: Control) => void
}

/** An error without a name may overtake answers to the rest of its message. */
const graceMillis = 1_000

interface Message {
  readonly kind: "subscribe" | "unsubscribe"
  readonly id: number
  readonly left: Set<Stream>
  readonly accepted: Array<Stream>
  readonly refused: Map<Stream, string>
  readonly done: Deferred.Deferred<Verdict>
  readonly failed: Deferred.Deferred<string>
}

const verdictOf = ({ accepted, left, refused }: Message, error: string): Verdict => ({
  accepted: [...accepted],
  refused,
  unclear: [...left],
  error,
})

const accept = (message: Message, stream: Stream): void => {
  if (!message.left.delete(stream)) return
  message.accepted.push(stream)
  if (message.left.size === 0) Deferred.doneUnsafe(message.done, Effect.succeed(verdictOf(message, "")))
}

const refuse = (message: Message, stream: Stream, error: string): void => {
  if (!message.left.delete(stream)) return
  message.refused.set(stream, error)
  if (message.left.size === 0) Deferred.doneUnsafe(message.done, Effect.succeed(verdictOf(message, "")))
}

export const makeAnswers = (): Answers => {
  /** In the order in which they were sent. */
  const messages = new Map<number, Message>()

  const first = (wanted: (message: Message) => boolean): Message | undefined => {
    for (const message of messages.values()) if (wanted(message)) return message
    return undefined
  }

  const onAck = ({ accepted, error, id }: Extract<Control, { readonly kind: "ack" }>): void => {
    const message = messages.get(id)
    if (message === undefined) return
    if (error !== undefined) {
      Deferred.doneUnsafe(message.done, Effect.succeed(verdictOf(message, error)))
      return
    }
    for (const stream of accepted ?? [...message.left]) accept(message, stream)
    for (const stream of message.left) refuse(message, stream, "the venue leaves it out of what it accepts")
  }

  return {
    expect: (kind, streams, id) => {
      const message: Message = {
        kind,
        id,
        left: new Set(streams),
        accepted: [],
        refused: new Map(),
        done: Deferred.makeUnsafe(),
        failed: Deferred.makeUnsafe(),
      }
      messages.set(id, message)
      const failed = Effect.map(
        Effect.tap(Deferred.await(message.failed), Effect.sleep(graceMillis)),
        (error) => verdictOf(message, error),
      )
      return {
        verdict: Effect.raceFirst(Deferred.await(message.done), failed),
        sofar: () =>
          message.accepted.length + message.refused.size === 0
            ? undefined
            : verdictOf(message, "the venue does not answer"),
        forget: () => void messages.delete(id),
      }
    },
    onControl: (control) => {
      switch (control.kind) {
        case "ack":
          return onAck(control)
        case "subscribed":
        case "unsubscribed": {
          const kind = control.kind === "subscribed" ? "subscribe" : "unsubscribe"
          const message = first((each) => each.kind === kind && each.left.has(control.stream))
          return message === undefined ? undefined : accept(message, control.stream)
        }
        case "refused": {
          const message = first(({ left }) => left.has(control.stream))
          return message === undefined ? undefined : refuse(message, control.stream, control.error)
        }
        case "subscriptions": {
          const now = new Set(control.streams)
          for (const message of messages.values())
            for (const stream of message.left)
              if (now.has(stream) === (message.kind === "subscribe")) accept(message, stream)
          return
        }
        case "failed": {
          const message = first(({ left }) => left.size > 0)
          if (message === undefined) return
          if (message.left.size > 1) {
            Deferred.doneUnsafe(message.failed, Effect.succeed(control.error))
            return
          }
          return refuse(message, [...message.left][0]!, control.error)
        }
      }
    },
  }
}
