import type { Position } from "../../../services/Journal.ts"

/** `0000000042-0000000000123456.journal`: the segment's number and the position of its first envelope. */
const pattern = /^(\d{10})-(\d{16})\.journal$/

export const segmentName = (number: number, first: Position): string =>
  `${String(number).padStart(10, "0")}-${String(first).padStart(16, "0")}.journal`

export const parseSegmentName = (
  name: string,
): { readonly number: number; readonly first: Position } | undefined => {
  const parts = pattern.exec(name)
  return parts === null ? undefined : { number: Number(parts[1]), first: Number(parts[2]) }
}
