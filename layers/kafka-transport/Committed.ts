import type { StoredRecord } from "../../services/KafkaTransport.ts"

/** A record as it stands in the log, or the marker that ends a transaction. */
export interface LoggedRecord extends StoredRecord {
  readonly producerId: string
  readonly transactional: boolean
  readonly control: boolean
}

/** As a broker lists them beside the records: from this offset to its marker, what this producer wrote does not count. */
export interface AbortedTransaction {
  readonly producerId: string
  readonly firstOffset: number
}

/** A marker's key: its version, then 0 for an abort and 1 for a commit. */
const isAbort = ({ key }: LoggedRecord): boolean =>
  key !== undefined && key.length >= 4 && key.readInt16BE(2) === 0

/**
 * The records of committed transactions among those of one answer, in order. Both clients have a filter of their own;
 * one forgets all but the last aborted transaction of a producer, which is what a sink that had to redo several leaves.
 */
export const committedRecords = (
  logged: ReadonlyArray<LoggedRecord>,
  aborted: ReadonlyArray<AbortedTransaction>,
): ReadonlyArray<StoredRecord> => {
  const coming = aborted.toSorted((left, right) => left.firstOffset - right.firstOffset)
  const aborting = new Set<string>()
  const records: Array<StoredRecord> = []
  let next = 0
  for (const record of logged) {
    for (; next < coming.length && coming[next]!.firstOffset <= record.offset; next++)
      aborting.add(coming[next]!.producerId)
    if (record.control) {
      if (isAbort(record)) aborting.delete(record.producerId)
      continue
    }
    if (record.transactional && aborting.has(record.producerId)) continue
    records.push({ offset: record.offset, key: record.key, value: record.value })
  }
  return records
}
