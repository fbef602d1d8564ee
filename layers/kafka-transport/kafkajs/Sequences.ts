import type { KafkaBatch } from "../../../services/KafkaTransport.ts"
import type { Stamp } from "./Records.ts"

const maxSequence = 2_147_483_647

/**
 * A producer's identity and its place in each topic-partition. A batch gets its stamp when it is first sent and keeps
 * it, so that a broker knows it again whichever connection, attempt or kafkajs producer brings it. (kafkajs keeps
 * sequences by attempt: it counts back after a failure, also for topic-partitions that had succeeded.)
 */
export class Sequences {
  #identity: { readonly producerId: bigint; readonly epoch: number } | undefined
  /** By topic and partition. */
  readonly #next = new Map<string, Array<number>>()
  #stamps = new WeakMap<KafkaBatch, Stamp>()

  /** The batch's own stamp; the given identity is taken when there is none yet. */
  stamp(batch: KafkaBatch, producerId: bigint, epoch: number): Stamp {
    const known = this.#stamps.get(batch)
    if (known !== undefined) return known
    this.#identity ??= { producerId, epoch }
    let partitions = this.#next.get(batch.topic)
    if (partitions === undefined) this.#next.set(batch.topic, (partitions = []))
    const firstSequence = partitions[batch.partition] ?? 0
    const following = firstSequence + batch.records.length
    partitions[batch.partition] = following > maxSequence ? following - maxSequence - 1 : following
    const stamp = { ...this.#identity, firstSequence }
    this.#stamps.set(batch, stamp)
    return stamp
  }

  /** Begins anew with the next identity: the brokers no longer know this one. */
  forget(): void {
    this.#identity = undefined
    this.#next.clear()
    this.#stamps = new WeakMap()
  }
}
