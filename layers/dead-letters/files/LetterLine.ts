import { Option, Schema } from "effect"
import { crc32 } from "node:zlib"
import { type Letter, letterStages } from "../../../services/DeadLetters.ts"

const text = Schema.optionalKey(Schema.String)

/** One line of a file: the bytes as base64, and their checksum, since a damaged one would still be base64. */
const Line = Schema.Struct({
  sequence: Schema.Int,
  at: Schema.Finite,
  stage: Schema.Literals(letterStages),
  venue: Schema.String,
  sink: text,
  connection: text,
  route: text,
  stream: text,
  position: Schema.optionalKey(Schema.Finite),
  reason: Schema.String,
  detail: Schema.String,
  cause: text,
  attempts: Schema.Int,
  receivedAt: Schema.Finite,
  crc32: Schema.Finite,
  bytes: Schema.String,
})

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Line))

/** The sequence number comes first, so that a reader can tell what it need not decode. */
const sequenceHead = /^\{"sequence":(\d{1,15}),/

export const encodeLine = ({ sequence, at, bytes, ...letter }: Letter): Buffer => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const line = { sequence, at, ...letter, crc32: crc32(buffer), bytes: buffer.toString("base64") }
  return Buffer.from(JSON.stringify(line) + "\n", "utf8")
}

/** The sequence number of a line, without looking at the rest; `undefined` where it has none. */
export const sequenceOf = (line: string): number | undefined => {
  const found = sequenceHead.exec(line)
  return found === null ? undefined : Number(found[1])
}

/** The letter of a line; `undefined` when it is torn or damaged. */
export const decodeLine = (line: string): Letter | undefined => {
  const decoded = decode(line)
  if (Option.isNone(decoded)) return undefined
  const { crc32: checksum, bytes: base64, ...letter } = decoded.value
  const bytes = Buffer.from(base64, "base64")
  return crc32(bytes) === checksum ? { ...letter, bytes } : undefined
}
