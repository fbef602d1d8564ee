import { Effect, type FileSystem, type PlatformError } from "effect"
import type { DeadLettersLimits, LetterDraft } from "../../../services/DeadLetters.ts"
import { contentsOf, filesIn, type LetterFile, nameOf, sequenceAfter } from "./LetterFiles.ts"
import { encodeLine } from "./LetterLine.ts"

/** A file is closed at this share of what all may take, or at this size: what is oldest goes by whole files. */
const shares = 16
const maxFileBytes = 4 * 1024 * 1024

/** What has to be undone before anything else is written: a file that a failed `put` may have written to. */
interface Suspect {
  readonly name: string
  readonly length: number
}

/** Everything between two failures goes to the last file, or to a new one behind it. */
export class LetterWriter {
  next = 1
  evicted = 0
  private readonly files: Array<LetterFile> = []
  private suspects: Array<Suspect> = []
  private readonly fs: FileSystem.FileSystem
  private readonly folder: string
  private readonly limits: DeadLettersLimits

  constructor(fs: FileSystem.FileSystem, folder: string, limits: DeadLettersLimits) {
    this.fs = fs
    this.folder = folder
    this.limits = limits
  }

  get letters(): number {
    return this.files.reduce((sum, file) => sum + file.letters, 0)
  }

  get bytes(): number {
    return this.files.reduce((sum, file) => sum + file.bytes, 0)
  }

  private path(name: string): string {
    return `${this.folder}/${name}`
  }

  /** Learns what is there. Changes nothing on disk: that is for the first `put`. */
  open(): Effect.Effect<void, PlatformError.PlatformError> {
    const { fs } = this
    return Effect.gen({ self: this }, function* () {
      const named = yield* filesIn(fs, this.folder)
      const known: Array<LetterFile> = []
      for (const [index, file] of named.entries()) {
        const after = named[index + 1]
        const { size } = yield* fs.stat(this.path(file.name))
        if (after !== undefined) {
          known.push({ ...file, bytes: Number(size), letters: after.first - file.first })
          continue
        }
        const { lines, whole, torn } = yield* contentsOf(fs, this.path(file.name))
        this.next = sequenceAfter(file, lines)
        known.push({ ...file, bytes: whole, letters: this.next - file.first })
        if (torn) this.suspects.push({ name: file.name, length: whole })
      }
      this.files.push(...known)
    })
  }

  /** Writes letters and syncs them; leaves nothing of them when it fails. */
  put(drafts: ReadonlyArray<LetterDraft>, now: number): Effect.Effect<void, PlatformError.PlatformError> {
    const { fs } = this
    return Effect.gen({ self: this }, function* () {
      yield* this.heal()
      yield* fs.makeDirectory(this.folder, { recursive: true })
      yield* this.expire(now)
      const before = this.next
      const touched = new Map<LetterFile, { readonly bytes: number; readonly letters: number }>()
      const written = Effect.gen({ self: this }, function* () {
        for (const chunk of this.chunks(drafts, now)) {
          yield* this.makeRoom(chunk.bytes.length, chunk.letters)
          const file = this.fileFor(chunk.bytes.length, now)
          if (!touched.has(file)) touched.set(file, { bytes: file.bytes, letters: file.letters })
          yield* this.append(file, chunk.bytes)
          file.bytes += chunk.bytes.length
          file.letters += chunk.letters
          this.next += chunk.letters
        }
      })
      yield* Effect.tapError(written, () =>
        Effect.sync(() => {
          this.next = before
          for (const [file, { bytes, letters }] of touched) {
            this.suspects.push({ name: file.name, length: bytes })
            if (bytes === 0 && this.files.includes(file)) this.files.splice(this.files.indexOf(file), 1)
            file.bytes = bytes
            file.letters = letters
          }
        }),
      )
    })
  }

  /** Lines, as much as a file takes at once. A letter that the store could never hold is evicted before it comes. */
  private *chunks(drafts: ReadonlyArray<LetterDraft>, now: number) {
    let parts: Array<Buffer> = []
    let size = 0
    let sequence = this.next
    const chunk = () => ({ bytes: Buffer.concat(parts), letters: parts.length })
    for (const draft of drafts) {
      const line = encodeLine({ ...draft, sequence, at: now })
      if (line.length > this.limits.maxBytes) {
        this.evicted++
        continue
      }
      if (parts.length > 0 && (size + line.length > this.fileBytes || parts.length >= this.fileLetters)) {
        yield chunk()
        parts = []
        size = 0
      }
      parts.push(line)
      size += line.length
      sequence++
    }
    if (parts.length > 0) yield chunk()
  }

  private get fileBytes(): number {
    return Math.min(maxFileBytes, this.limits.maxBytes / shares)
  }

  private get fileLetters(): number {
    return Math.max(1, Math.floor(this.limits.maxLetters / shares))
  }

  private fileFor(bytes: number, now: number): LetterFile {
    const last = this.files.at(-1)
    const old = last !== undefined && Math.abs(now - last.begunAt) > this.limits.retentionMillis / shares
    const full =
      last !== undefined && (last.bytes + bytes > this.fileBytes || last.letters >= this.fileLetters || old)
    if (last !== undefined && !full) return last
    const begun = { name: nameOf(this.next, now), first: this.next, begunAt: now, bytes: 0, letters: 0 }
    this.files.push(begun)
    return begun
  }

  private append(file: LetterFile, bytes: Buffer): Effect.Effect<void, PlatformError.PlatformError> {
    const { fs, folder } = this
    return Effect.gen({ self: this }, function* () {
      const handle = yield* fs.open(this.path(file.name), { flag: "a" })
      yield* handle.writeAll(bytes)
      yield* handle.sync
      if (file.bytes > 0) return
      // The name of a new file is to outlive a power cut too.
      const directory = yield* fs.open(folder, { flag: "r" })
      yield* directory.sync
    }).pipe(Effect.scoped)
  }

  /** Cuts off what a crash or a failure tore. */
  private heal(): Effect.Effect<void, PlatformError.PlatformError> {
    const { fs } = this
    return Effect.gen({ self: this }, function* () {
      for (let suspect = this.suspects[0]; suspect !== undefined; suspect = this.suspects[0]) {
        const path = this.path(suspect.name)
        const { length } = suspect
        if (yield* fs.exists(path)) yield* length === 0 ? fs.remove(path) : fs.truncate(path, length)
        this.suspects.shift()
      }
    })
  }

  /** What is in a file was put within a share of the retention after the file was begun. */
  private expire(now: number): Effect.Effect<void, PlatformError.PlatformError> {
    const { retentionMillis } = this.limits
    const before = now - retentionMillis - retentionMillis / shares
    return Effect.gen({ self: this }, function* () {
      for (let oldest = this.files[0]; oldest !== undefined; oldest = this.files[0]) {
        if (oldest.begunAt >= before) return
        yield* this.evictOldest()
      }
    })
  }

  private makeRoom(bytes: number, letters: number): Effect.Effect<void, PlatformError.PlatformError> {
    return Effect.gen({ self: this }, function* () {
      const { maxBytes, maxLetters } = this.limits
      while (this.files.length > 0 && (this.bytes + bytes > maxBytes || this.letters + letters > maxLetters))
        yield* this.evictOldest()
    })
  }

  private evictOldest(): Effect.Effect<void, PlatformError.PlatformError> {
    return Effect.suspend(() => {
      const oldest = this.files[0]!
      return Effect.map(this.fs.remove(this.path(oldest.name), { force: true }), () => {
        this.files.shift()
        this.evicted += oldest.letters
      })
    })
  }
}
