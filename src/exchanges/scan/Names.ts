const quote = 34

interface Named<A> {
  readonly bytes: Buffer
  readonly value: A
  /** Another name with the same hash. */
  readonly next: Named<A> | undefined
}

/**
 * Values by names as frames hold them, in quotes: looked up by their bytes, so that no text is made of them. Nothing is
 * taken from a frame: it holds what was put into it.
 */
export class Names<A> {
  /** Where the name ended that was last found: at its quote. */
  end = 0
  private readonly byHash = new Map<number, Named<A>>()
  private longest = 0

  set(name: string, value: A): void {
    const bytes = Buffer.from(name)
    let hash = 0
    for (const byte of bytes) hash = mix(hash, byte)
    this.byHash.set(hash, { bytes, value, next: this.byHash.get(hash) })
    this.longest = Math.max(this.longest, bytes.length)
  }

  delete(name: string): void {
    const bytes = Buffer.from(name)
    let hash = 0
    for (const byte of bytes) hash = mix(hash, byte)
    const kept: Array<Named<A>> = []
    for (let named = this.byHash.get(hash); named !== undefined; named = named.next)
      if (!named.bytes.equals(bytes)) kept.push(named)
    this.byHash.delete(hash)
    for (const { bytes: own, value } of kept.toReversed())
      this.byHash.set(hash, { bytes: own, value, next: this.byHash.get(hash) })
  }

  /** The value of the name that begins at `at` and ends before the next quote, which stands before `frameEnd`. */
  find(bytes: Buffer, at: number, frameEnd: number): A | undefined {
    const limit = Math.min(at + this.longest + 1, frameEnd)
    let hash = 0
    let end = at
    for (; end < limit && bytes[end] !== quote; end++) hash = mix(hash, bytes[end]!)
    if (end >= limit) return undefined
    this.end = end
    let named = this.byHash.get(hash)
    while (named !== undefined && !isAt(named.bytes, bytes, at, end)) named = named.next
    return named?.value
  }
}

const mix = (hash: number, byte: number): number => (Math.imul(hash, 31) + byte) | 0

const isAt = (name: Buffer, bytes: Buffer, from: number, to: number): boolean => {
  if (to - from !== name.length) return false
  for (let index = 0; index < name.length; index++) if (bytes[from + index] !== name[index]) return false
  return true
}
