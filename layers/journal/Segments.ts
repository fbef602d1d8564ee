import {
  Cause,
  Context,
  Duration,
  Effect,
  Exit,
  Fiber,
  FileSystem,
  Layer,
  Scheduler,
  type Scope,
  Semaphore,
} from "effect"
import { Journal, type JournalDamage, type JournalError } from "../../services/Journal.ts"
import { JournalCheckpoints } from "../../services/JournalCheckpoints.ts"
import type { WhenFull } from "../../services/JournalConfig.ts"
import type { Channel } from "../../src/domain/Channel.ts"
import { Committer } from "./segments/Committer.ts"
import { CursorTable } from "./segments/CursorTable.ts"
import { DamageLog, describeDamage, sayWhatWasFound } from "./segments/Damage.ts"
import { Definitions } from "./segments/Definitions.ts"
import { type OpenDirect, openDirect } from "../support/DirectFile.ts"
import { DiskReader } from "./segments/DiskReader.ts"
import { checkFolder } from "./segments/FolderCheck.ts"
import { journalFailure } from "./segments/Failure.ts"
import { Following } from "./segments/Following.ts"
import { flawed } from "./segments/Inspection.ts"
import { sizeOf } from "./segments/Held.ts"
import { Keeper } from "./segments/Keeper.ts"
import { type Lock, sqliteLock } from "./segments/Lock.ts"
import { open, type Opened } from "./segments/Opening.ts"
import { review } from "./segments/Reviewing.ts"
import { SegmentList } from "./segments/SegmentList.ts"
import { SegmentsJournal } from "./segments/SegmentsJournal.ts"
import { SegmentWriter } from "./segments/SegmentWriter.ts"

export interface SegmentsOptions {
  /** The folder of its segments and cursors; made if need be. Of this journal, this user and this process alone. */
  readonly path: string
  /** The longest that an envelope waits for its sync to begin; 10 milliseconds unless given. */
  readonly syncInterval?: Duration.Input
  /** A segment is closed at about this size; 64 MiB unless given, and never more than a quarter of `maxSize`. */
  readonly segmentSize?: number
  /** What all segments may take, in bytes; 10 GiB unless given. Then `whenFull` decides. */
  readonly maxSize?: number
  /** How long a segment is kept after every sink has delivered it; 1 hour unless given. */
  readonly retention?: Duration.Input
  /** What happens to envelopes of a channel when there is no room: `block` unless given. */
  readonly whenFull?: (channel: Channel) => WhenFull
  /** The cursors that the configuration knows. Others are named at start and hold nothing beyond retention. */
  readonly sinks?: ReadonlyArray<string>
  /** Bytes of envelopes in memory: half for those that wait for their sync, half for readers that keep up; 64 MiB unless given. */
  readonly memory?: number
  /** Told of each damage once, when it is found: at opening, or later by a reader. */
  readonly onDamage?: (damage: JournalDamage) => void
  /** How a folder is held; a lock of the kernel unless given. */
  readonly lock?: Lock
  /** The id of this user; of this process unless given. */
  readonly user?: number
  /** How a segment is written past the system's cache; as this system does unless given. */
  readonly openDirect?: OpenDirect
  /** Groups of more bytes are written so; 256 KiB unless given. */
  readonly largeGroup?: number
}

export interface Segments {
  readonly journal: Journal["Service"]
  readonly checkpoints: JournalCheckpoints["Service"]
}

const mebibyte = 1024 * 1024

/**
 * The durable journal: an append-only log of envelopes in segments on the disk. Accepted means covered by a completed
 * sync; sinks see nothing else. Opening heals what a crash or the disk has left and says what it found
 * (`status.damage`); what it may not touch it refuses, and says what to do. docs/JOURNAL.md tells the rest.
 */
export const make = Effect.fnUntraced(function* (
  options: SegmentsOptions,
): Effect.fn.Return<Segments, JournalError, FileSystem.FileSystem | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const folder = options.path.replace(/(?<=.)\/+$/, "")
  const user = options.user ?? process.getuid?.()
  yield* checkFolder(fs, folder, user)
  yield* (options.lock ?? sqliteLock)(folder)
  const definitions = new Definitions()
  const opened = yield* open(fs, folder, definitions).pipe(
    Effect.catchTag("PlatformError", (error) => Effect.fail(journalFailure(folder, error, true))),
  )
  yield* sayWhatWasFound(folder, opened, options.sinks)
  return yield* start(fs, folder, options, opened, definitions)
})

export const layer = (
  options: SegmentsOptions,
): Layer.Layer<Journal | JournalCheckpoints, JournalError, FileSystem.FileSystem> =>
  Layer.effectContext(
    Effect.map(make(options), ({ journal, checkpoints }) =>
      Context.make(Journal, journal).pipe(Context.add(JournalCheckpoints, checkpoints)),
    ),
  )

const start = Effect.fnUntraced(function* (
  fs: FileSystem.FileSystem,
  folder: string,
  options: SegmentsOptions,
  opened: Opened,
  definitions: Definitions,
): Effect.fn.Return<Segments, JournalError, Scope.Scope> {
  const scheduler = yield* Scheduler.Scheduler
  const context = yield* Effect.context()
  const say = Effect.runForkWith(context)
  const maxSize = options.maxSize ?? 10 * 1024 * mebibyte
  const memory = (options.memory ?? 64 * mebibyte) / 2
  const segmentSize = Math.min(options.segmentSize ?? 64 * mebibyte, Math.ceil(maxSize / 4))
  const segments = new SegmentList(opened.segments, opened.nextNumber - 1)
  const cursors = new CursorTable(opened.cursors, options.sinks)
  const damage = new DamageLog()
  for (const each of opened.damage) if (damage.add(each)) options.onDamage?.(each)
  const following = new Following(opened.checkpoint)
  const turn = Semaphore.makeUnsafe(1)
  const { journal: id } = opened
  const writer = new SegmentWriter({
    fs,
    folder,
    journal: id,
    segments,
    definitions,
    segmentSize,
    nextNumber: opened.nextNumber,
    checkpoint: () => following.checkpoint(),
    openDirect: options.openDirect ?? openDirect,
    largeGroup: options.largeGroup,
  })
  let { newest } = segments
  const committer = new Committer({
    folder,
    writer,
    turn,
    syncMillis: Duration.toMillis(Duration.fromInputUnsafe(options.syncInterval ?? "10 millis")),
    accepted: opened.accepted,
    onAccepted: (batches, first) => {
      // Should the segment ever be missing, the cursors' file says that there was one.
      if (segments.newest !== newest) keeper.changed()
      newest = segments.newest
      following.accepted(batches, first)
      journal.reading.accepted(batches)
    },
    onTrouble: (error) => journal.troubled(error),
  })
  const keeper = new Keeper({
    fs,
    folder,
    journal: id,
    segments,
    cursors,
    writer,
    turn,
    retentionMillis: Duration.toMillis(Duration.fromInputUnsafe(options.retention ?? "1 hour")),
    accepted: () => committer.accepted,
    wantsRoom: () => journal.appending.wantsRoom(),
    isIdle: () => committer.held.positions === 0,
    carriesCheckpoint: () => following.carries,
    isUncertain: (segment) => committer.accepted < uncertainEnd && opened.uncertainIn.has(segment),
    onPass: () => journal.appending.passed(),
    stored: opened.stored,
  })
  const makeDiskReader = () =>
    new DiskReader({
      fs,
      folder,
      segments,
      definitions,
      accepted: () => committer.accepted,
      onFlaw: ({ file }, flaw) => {
        const found = flawed(file, flaw, "are damaged and skipped")
        if (!damage.add(found)) return
        options.onDamage?.(found)
        say(Effect.logWarning(`journal ${folder}: ${describeDamage(found)}`))
      },
    })
  const journal = new SegmentsJournal({
    folder,
    segments,
    cursors,
    damage,
    committer,
    keeper,
    makeDiskReader,
    dispatcher: scheduler.makeDispatcher(),
    maxSize,
    memory,
    whenFull: options.whenFull ?? (() => "block"),
    cursorsLost: opened.cursorsLost,
  })

  for (const { first, envelopes } of opened.uncertain)
    committer.put(envelopes, sizeOf(envelopes), first - committer.end)
  const uncertainEnd = committer.end
  yield* committer.once
  if (committer.held.positions === 0) yield* opened.heal(segments)
  keeper.changed()
  // Where nothing may be written nothing begins; a disk that is full or fails may come back.
  yield* keeper.pass.pipe(
    Effect.mapError((error) => journalFailure(folder, error, true)),
    Effect.catchIf(
      (error) => error.reason !== "refused",
      () => Effect.void,
    ),
  )

  const broken = (cause: Cause.Cause<unknown>) =>
    Effect.andThen(
      Effect.logError(`journal ${folder}: a defect of Millrace, it is closed: ${Cause.pretty(cause)}`),
      Effect.sync(() => journal.close()),
    )
  const guarded = <E>(loop: Effect.Effect<void, E>) =>
    Effect.onExit(loop, (exit) =>
      Exit.isFailure(exit) && Cause.hasDies(exit.cause) ? broken(exit.cause) : Effect.void,
    )
  const working = yield* Effect.forkDetach(guarded(committer.run))
  const keeping = yield* Effect.forkDetach(guarded(keeper.run))

  /** What is held is written, and the cursors are stored: the next start has nothing to heal. */
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      journal.close()
      committer.stop()
      yield* Fiber.await(working)
      if (committer.held.positions > 0)
        yield* Effect.logError(
          `journal ${folder}: ${committer.held.positions} records could not be written and are lost with this process: ${committer.trouble?.detail ?? ""}`,
        )
      yield* writer.finish
      yield* Fiber.interrupt(keeping)
      keeper.changed()
      yield* Effect.ignore(keeper.pass)
    }),
  )
  return {
    journal: Journal.of({
      identity: { id, durable: true },
      append: (envelopes, onAccepted) => journal.appending.append(envelopes, onAccepted),
      admitAll: Effect.sync(() => journal.appending.admitAll()),
      sync: journal.sync,
      reader: (name, from) => journal.reading.reader(name, from),
      forget: (name) => journal.reading.forget(name),
      status: Effect.sync(() => journal.status()),
    }),
    checkpoints: JournalCheckpoints.of({
      lastCheckpoint: opened.checkpoint,
      follow: (from, follower) =>
        Effect.suspend(() =>
          following.follow(folder, makeDiskReader(), () => committer.accepted, from, follower),
        ),
      review: (margin, visit) =>
        Effect.suspend(() => {
          const end = committer.accepted
          const least = cursors.least(end, "sinks")
          const from = Math.max(0, least - margin)
          return least < end ? review(folder, makeDiskReader(), { from, least, end }, visit) : Effect.void
        }),
    }),
  }
})
