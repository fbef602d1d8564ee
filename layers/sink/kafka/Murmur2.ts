/**
 * The hash that Kafka's Java client spreads keys by, so that a key is in the same partition whoever wrote it.
 * Signed 32 bits, as `org.apache.kafka.common.utils.Utils.murmur2`.
 */
export const murmur2 = (bytes: Uint8Array): number => {
  const { length } = bytes
  const multiplier = 0x5bd1e995
  let hash = 0x9747b28c ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    word = Math.imul(word, multiplier)
    word = Math.imul(word ^ (word >>> 24), multiplier)
    hash = Math.imul(hash, multiplier) ^ word
  }
  const rest = length - at
  if (rest > 0) {
    if (rest > 2) hash ^= bytes[at + 2]! << 16
    if (rest > 1) hash ^= bytes[at + 1]! << 8
    hash = Math.imul(hash ^ bytes[at]!, multiplier)
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return hash ^ (hash >>> 15)
}

/** The partition of a key among so many, as Java's default partitioner has it. */
export const partitionOf = (key: Uint8Array, partitions: number): number =>
  (murmur2(key) & 0x7fffffff) % partitions
