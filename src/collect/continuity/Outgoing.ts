import type { Decoded } from "../../domain/Decoded.ts"

const none: ReadonlyArray<Decoded> = []

/**
 * Records that go out, in order. Nearly always they are those that came, one after the other: then it is their own array
 * that goes on, and none is filled for it.
 */
export class Outgoing {
  private readonly came: ReadonlyArray<Decoded>
  /** So many go out as they came. */
  private same = 0
  /** All of them, once they are others than those. */
  private others: Array<Decoded> | undefined

  /** `came`: changed by nobody from now on. */
  constructor(came: ReadonlyArray<Decoded> = none) {
    this.came = came
  }

  get length(): number {
    return this.others?.length ?? this.same
  }

  push(record: Decoded): void {
    if (this.others !== undefined) this.others.push(record)
    else if (record === this.came[this.same]) this.same++
    else {
      this.others = this.came.slice(0, this.same)
      this.others.push(record)
    }
  }

  get records(): ReadonlyArray<Decoded> {
    if (this.others !== undefined) return this.others
    return this.same === this.came.length ? this.came : this.came.slice(0, this.same)
  }
}
