import type { LoggedRecord } from "../../services/KafkaTransport.ts"

/** What a control record says of its producer's transaction. Its key is a version, then 0 for an abort or 1 for a commit; others are not of transactions. */
export const markerOf = (key: Buffer | undefined): Pick<LoggedRecord, "marker"> => {
  const type = key === undefined || key.length < 4 ? -1 : key.readInt16BE(2)
  return type === 0 ? { marker: "abort" } : type === 1 ? { marker: "commit" } : {}
}
