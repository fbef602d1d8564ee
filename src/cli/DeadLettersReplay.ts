import { Console, Effect, Option, Result } from "effect"
import { DeadLetters, type Letter, type LetterFilter } from "../../services/DeadLetters.ts"
import { Metrics } from "../../services/Metrics.ts"
import { deliverInto } from "../app/LetterDelivery.ts"
import { makeLetterReplay } from "../app/LetterReplay.ts"
import { configuredSinks } from "../app/Sinks.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { type Envelope, payloadOf } from "../domain/Envelope.ts"
import * as Logging from "../telemetry/Logging.ts"
import { CommandError } from "./CommandError.ts"
import { configLayer } from "./ConfigFlag.ts"
import { writeOut } from "./Output.ts"

export interface LetterReplayOptions {
  readonly filter: LetterFilter
  /** Only these; all unless there are any. */
  readonly sequences: ReadonlyArray<number>
  /** The configuration whose sinks get the records. */
  readonly into: Option.Option<string>
}

const pageSize = 200

type Deliver<E> = (envelopes: ReadonlyArray<Envelope>) => Effect.Effect<void, E>

/** Letters by number, each of which has to be there. */
const chosen = Effect.fnUntraced(function* (sequences: ReadonlyArray<number>) {
  const store = yield* DeadLetters
  return yield* Effect.forEach(sequences, (sequence) =>
    Effect.flatMap(store.get(sequence), Effect.fromOption).pipe(
      Effect.catchTag("NoSuchElementError", () => new CommandError({ detail: `no letter ${sequence}` })),
    ),
  )
})

/** Decodes letters and hands over what comes out; says which could not be used. */
const replayEach = Effect.fnUntraced(function* <E>(options: LetterReplayOptions, deliver: Deliver<E>) {
  const store = yield* DeadLetters
  const replayed = yield* makeLetterReplay
  const count = { letters: 0, records: 0, failed: 0 }

  const play = Effect.fnUntraced(function* (letters: ReadonlyArray<Letter>) {
    for (const letter of letters) {
      count.letters++
      const result = yield* replayed(letter)
      if (Result.isFailure(result)) {
        count.failed++
        yield* Console.error(`letter ${letter.sequence}: ${result.failure}`)
        continue
      }
      count.records += result.success.length
      if (result.success.length > 0) yield* deliver(result.success)
    }
  })

  if (options.sequences.length > 0) yield* play(yield* chosen(options.sequences))
  else {
    let cursor: number | undefined
    do {
      const page = yield* store.list({ ...options.filter, order: "oldest", cursor, limit: pageSize })
      yield* play(page.letters)
      cursor = page.next
    } while (cursor !== undefined)
  }
  return count
})

const print = (envelopes: ReadonlyArray<Envelope>) =>
  writeOut(envelopes.map((envelope) => `${payloadOf(envelope).toString("utf8")}\n`).join(""))

/** Through the sinks of another configuration. */
const send = Effect.fnUntraced(function* (options: LetterReplayOptions, file: string) {
  const { config } = yield* AppConfig.pipe(Effect.provide(configLayer([file])))
  const logging = Logging.layer({ ...config.telemetry, terminal: process.stderr.isTTY === true })
  const delivery = Effect.gen(function* () {
    let count = { letters: 0, records: 0, failed: 0 }
    const accounts = yield* deliverInto(
      yield* configuredSinks(config.sinks),
      config.overload.memory,
      (deliver) => Effect.map(replayEach(options, deliver), (played) => void (count = played)),
    )
    for (const { name, delivered, deadLettered } of accounts)
      yield* Console.error(
        `sink ${name} has ${delivered} records${deadLettered === 0 ? "" : `, and refused ${deadLettered} again`}`,
      )
    const refused = accounts.reduce((sum, { deadLettered }) => sum + deadLettered, 0)
    return { ...count, refused }
  })
  return yield* Effect.provide(delivery, logging)
})

/** Another try for dead letters. */
export const replayLetters = Effect.fn("deadletters.replay")(function* (options: LetterReplayOptions) {
  const outcome = Option.isNone(options.into)
    ? { ...(yield* replayEach(options, print)), refused: 0 }
    : yield* send(options, options.into.value)
  const { letters, records, failed, refused } = outcome
  yield* Console.error(`${letters} letters gave ${records} records`)
  const unusable = [
    ...(failed === 0 ? [] : [`${failed} of ${letters} letters still cannot be used`]),
    ...(refused === 0 ? [] : [`${refused} records were refused again`]),
  ]
  if (unusable.length > 0) return yield* new CommandError({ detail: unusable.join("; ") })
}, Effect.provide(Metrics.layer))
