import { createHash } from "node:crypto"

type List = ReadonlyArray<{ readonly id: string; readonly params: string }>

interface Told {
  /** The list that it is of. */
  readonly own: List
  readonly digest: string
  /** How often the node is to be told yet. */
  readonly left: number
}

/** Nothing shows that a node has heard. */
const timesTold = 2

const digestOf = (instances: List): string => {
  const hash = createHash("md5")
  for (const { id, params } of instances) hash.update(`${id}\n${params}\n`)
  return hash.digest("hex")
}

/** What nodes were told of their instances' parameters, which `tasks_md5` does not see. */
export class ToldParams {
  readonly #told = new Map<string, Told>()

  /** Whether the node's parameters are others than it was told. */
  owes(node: string, own: List): boolean {
    if (own.length === 0) {
      this.#told.delete(node)
      return false
    }
    const before = this.#told.get(node)
    if (before?.own === own) return before.left > 0
    const digest = digestOf(own)
    const left = before?.digest === digest ? before.left : timesTold
    this.#told.set(node, { own, digest, left })
    return left > 0
  }

  isOwed(node: string): boolean {
    return (this.#told.get(node)?.left ?? 0) > 0
  }

  /** It was told once more. */
  again(node: string): void {
    this.#left(node, (left) => left - 1)
  }

  /** Its list is another, so that it takes all of it over. */
  whole(node: string): void {
    this.#left(node, () => 0)
  }

  /** Of all others nothing is remembered. */
  keep(wanted: (node: string) => boolean): void {
    for (const node of this.#told.keys()) if (!wanted(node)) this.#told.delete(node)
  }

  #left(node: string, next: (left: number) => number): void {
    const now = this.#told.get(node)
    if (now !== undefined) this.#told.set(node, { ...now, left: next(now.left) })
  }
}
