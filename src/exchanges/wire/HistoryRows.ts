import type { Decoded, Reject } from "../../domain/Decoded.ts"
import { type Fields, isFields, mismatch } from "./Fields.ts"

type Read<A> = (row: A) => Decoded | Reject | undefined

/** The records of rows; the first row that is none rejects all. A row that holds nothing is left out. */
export const eachRow = (rows: unknown, read: Read<unknown>): ReadonlyArray<Decoded> | Reject => {
  if (!Array.isArray(rows)) return { reason: "bad_field", detail: mismatch("the rows", "a list", rows) }
  const records: Array<Decoded> = []
  for (const row of rows as ReadonlyArray<unknown>) {
    const record = read(row)
    if (record === undefined) continue
    if ("reason" in record) return record
    records.push(record)
  }
  return records
}

/** The same of rows that are objects. */
export const eachFields = (rows: unknown, read: Read<Fields>): ReadonlyArray<Decoded> | Reject =>
  eachRow(rows, (row) =>
    isFields(row) ? read(row) : { reason: "bad_field", detail: mismatch("a row", "an object", row) },
  )

/** One record, as the rows of an answer. */
export const only = (record: Decoded | Reject | undefined): ReadonlyArray<Decoded> | Reject =>
  record === undefined ? [] : "reason" in record ? record : [record]
