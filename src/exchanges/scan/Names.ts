import { Literal } from "./Literal.ts"
import { leadingZeros, quotesIn } from "./Words.ts"

interface Named<A> {
  readonly hash: number
  /** The name, and the quote behind it. */
  readonly text: Literal
  readonly value: A
}

/**
 * Values by names as frames hold them, in quotes: looked up by their bytes, so that no text is made of them. Nothing is
 * taken from a frame: it holds what was put into it.
 */
export class Names<A> {
  /** Where the name ended that was last found: at its quote. */
  end = 0
  private readonly byName = new Map<string, Named<A>>()
  /** Each where its hash points to, or behind that where others stand; half of the places or more are free. */
  private places: Array<Named<A> | undefined> = [undefined, undefined]
  private longest = 0

  set(name: string, value: A): void {
    const bytes = Buffer.from(name)
    const named = { hash: hashOf(bytes), text: new Literal(`${name}"`), value }
    const known = this.byName.get(name)
    this.byName.set(name, named)
    this.longest = Math.max(this.longest, bytes.length)
    if (known !== undefined) this.places[this.placeOf(known)] = named
    else if (2 * this.byName.size <= this.places.length) this.place(named)
    else this.arrange()
  }

  delete(name: string): void {
    const named = this.byName.get(name)
    if (named === undefined) return
    this.byName.delete(name)
    this.vacate(this.placeOf(named))
  }

  /** The value of the name that begins at `at` and ends before the next quote, which stands before `frameEnd`. */
  find(bytes: DataView, at: number, frameEnd: number): A | undefined {
    const limit = Math.min(at + this.longest + 1, frameEnd)
    let hash = 0
    let index = at
    for (; index < limit; index += 4) {
      const word = bytes.getInt32(index, true)
      const quotes = quotesIn(word)
      if (quotes !== 0) {
        const length = leadingZeros(quotes)
        this.end = index + length
        if (this.end >= limit) return undefined
        return this.named(finish(hash, word, length), bytes, at)
      }
      hash = mix(hash, word)
    }
    return undefined
  }

  private named(hash: number, bytes: DataView, at: number): A | undefined {
    const { places } = this
    const mask = places.length - 1
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const named = places[place]
      if (named === undefined) return undefined
      if (named.hash === hash && named.text.read(bytes, at) >= 0) return named.value
    }
  }

  private place(named: Named<A>): void {
    const mask = this.places.length - 1
    let place = named.hash & mask
    while (this.places[place] !== undefined) place = (place + 1) & mask
    this.places[place] = named
  }

  private placeOf(named: Named<A>): number {
    const mask = this.places.length - 1
    let place = named.hash & mask
    while (this.places[place] !== named) place = (place + 1) & mask
    return place
  }

  /** What stands behind it, and whose hash points to it or before it, moves up, so that no search ends too early. */
  private vacate(place: number): void {
    const { places } = this
    const mask = places.length - 1
    let free = place
    for (let next = (free + 1) & mask; places[next] !== undefined; next = (next + 1) & mask) {
      const far = (next - places[next]!.hash) & mask
      if (far < ((next - free) & mask)) continue
      places[free] = places[next]
      free = next
    }
    places[free] = undefined
  }

  private arrange(): void {
    let length = 2
    while (length < 2 * this.byName.size) length *= 2
    // Twice as many as there must be, so that not every name has all of them arranged anew.
    this.places = Array.from({ length: 2 * length }, () => undefined)
    for (const named of this.byName.values()) this.place(named)
  }
}

const mix = (hash: number, word: number): number => {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1)
  return mixed ^ (mixed >>> 15)
}

/** With the bytes of the last word that stand before the quote. */
const finish = (hash: number, word: number, length: number): number =>
  mix(hash, word & ((1 << (length * 8)) - 1))

const hashOf = (name: Buffer): number => {
  let hash = 0
  let index = 0
  for (; index + 4 <= name.length; index += 4) hash = mix(hash, name.readInt32LE(index))
  const rest = Buffer.concat([name.subarray(index), Buffer.alloc(4)])
  return finish(hash, rest.readInt32LE(0), name.length - index)
}
