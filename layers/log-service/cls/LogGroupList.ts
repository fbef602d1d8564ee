import type { LogEntry } from "../../../services/LogService.ts"

/**
 * The service's `LogGroupList`, in Protocol Buffers' wire format: one group, which holds the entries and where they come
 * from. Written by hand, since four kinds of message of two kinds of field are all there is:
 *
 * ```proto
 * message Log      { int64 time = 1; message Content { string key = 1; string value = 2; } repeated Content contents = 2; }
 * message LogGroup { repeated Log logs = 1; string source = 4; }
 * message LogGroupList { repeated LogGroup logGroupList = 1; }
 * ```
 */

const bytesType = 2

const varint = (value: number): Buffer => {
  const bytes: Array<number> = []
  let rest = value
  // By division: times in microseconds have more than 32 bits.
  while (rest >= 128) {
    bytes.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}

const delimited = (field: number, payload: Buffer): ReadonlyArray<Buffer> => [
  varint(field * 8 + bytesType),
  varint(payload.length),
  payload,
]

const text = (field: number, value: string): ReadonlyArray<Buffer> => delimited(field, Buffer.from(value))

const content = (key: string, value: string): Buffer => Buffer.concat([...text(1, key), ...text(2, value)])

const log = ({ at, fields }: LogEntry): Buffer =>
  Buffer.concat([
    varint(1 * 8),
    varint(at),
    ...Object.entries(fields).flatMap(([key, value]) => delimited(2, content(key, value))),
  ])

export const encodeLogGroupList = (entries: ReadonlyArray<LogEntry>, source: string): Buffer => {
  const group = Buffer.concat([
    ...entries.flatMap((entry) => delimited(1, log(entry))),
    ...(source === "" ? [] : text(4, source)),
  ])
  return Buffer.concat(delimited(1, group))
}
